//! The portable rows for a host of WASM, one step a call of `main`.
//!
//! A WASM program exports `main` without any unsafe attribute, and its memory lives on after the
//! call; so the host calls it again and again. The first call makes the inputs. After it each row
//! of [`portable`] takes ten calls, then the next row, then the first again:
//!
//! 1. put every record back;
//! 2. run — the call that is timed;
//! 3. to 10. one byte each of the checksum, the lowest first, as the exit code.

use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use tongchou_benches::workloads::{Row, portable};

static SCHEDULE: Mutex<Option<Schedule>> = Mutex::new(None);

struct Schedule {
    rows: Vec<Row>,
    row: usize,
    step: usize,
    checksum: [u8; 8],
}

impl Schedule {
    const STEPS: usize = 10;

    fn step(&mut self) -> u8 {
        let Some(Row { work, .. }) = self.rows.get_mut(self.row) else { return u8::MAX };
        let answer = match self.step {
            0 => {
                work.reset();
                0
            }
            1 => {
                work.run();
                0
            }
            step => {
                if step == 2 {
                    self.checksum = work.checksum().to_le_bytes();
                }
                self.checksum.get(step - 2).copied().unwrap_or(0)
            }
        };
        self.step += 1;
        if self.step == Self::STEPS {
            (self.row, self.step) = ((self.row + 1) % self.rows.len(), 0);
        }
        answer
    }
}

fn main() -> ExitCode {
    let mut schedule = SCHEDULE.lock().unwrap_or_else(PoisonError::into_inner);
    match schedule.as_mut() {
        Some(schedule) => ExitCode::from(schedule.step()),
        None => {
            *schedule = Some(Schedule { rows: portable(), row: 0, step: 0, checksum: [0; 8] });
            ExitCode::SUCCESS
        }
    }
}
