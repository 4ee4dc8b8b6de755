//! The progress of a run on a terminal, and Ctrl-C.

use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{
    HumanCount, HumanFloatCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle,
};
use tongchou_sim::files;
use tongchou_sim::run::Progress;

/// Whether Ctrl-C was pressed; the second time ends the program at once.
static STOPPED: AtomicBool = AtomicBool::new(false);

/// Takes Ctrl-C, or being asked to terminate, as a wish to end with what is there; the second time
/// the program ends where it stands, and takes the files with it that it was writing.
pub fn listen() {
    // A second handler is refused and the first stays: both do the same.
    drop(ctrlc::set_handler(|| {
        if STOPPED.swap(true, Ordering::Relaxed) {
            files::abandon();
            std::process::exit(130);
        }
    }));
}

/// A bar with rate and remaining time on a terminal; nothing otherwise.
#[derive(Debug)]
pub struct Watch {
    bar: ProgressBar,
    begun: Instant,
    /// Whether the bar stands for persons; else somebody says how far it is.
    by_persons: bool,
    visits: AtomicU64,
}

/// What a bar goes along.
#[derive(Clone, Copy, Debug)]
pub enum Along {
    /// So many persons.
    Persons(u64),
    /// So many bytes of a file.
    Bytes(u64),
    /// Nobody knows how much it is.
    Unknown,
}

impl Watch {
    /// Begins to watch a run.
    #[must_use]
    pub fn begin(along: Along) -> Self {
        let target = match std::io::stderr().is_terminal() {
            true => ProgressDrawTarget::stderr_with_hz(5),
            false => ProgressDrawTarget::hidden(),
        };
        let (length, template) = match along {
            Along::Persons(persons) => {
                let template =
                    "{bar:30} {percent:>3}%  {human_pos}/{human_len}  {rate}/s  {eta_precise}";
                (Some(persons), template)
            }
            Along::Bytes(bytes) => {
                (Some(bytes), "{bar:30} {percent:>3}%  {bytes}/{total_bytes}  {msg}  {eta_precise}")
            }
            Along::Unknown => (None, "{spinner} {human_pos}  {msg}  {rate}/s"),
        };
        let bar = ProgressBar::with_draw_target(length, target);
        let rate = |state: &ProgressState, out: &mut dyn Write| {
            // Nobody is left to tell if a terminal takes no text.
            let _ = write!(out, "{}", HumanFloatCount(state.per_sec().round()));
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.with_key("rate", rate));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        let by_persons = !matches!(along, Along::Bytes(_));
        Self { bar, begun: Instant::now(), by_persons, visits: AtomicU64::new(0) }
    }

    /// The bar, for who sees how far it is.
    #[must_use]
    pub fn bar(&self) -> ProgressBar {
        self.bar.clone()
    }

    /// Takes the bar away; the time since the beginning.
    pub fn end(&self) -> Duration {
        self.bar.finish_and_clear();
        self.begun.elapsed()
    }
}

/// However a run ends, its bar is gone before anything is said.
impl Drop for Watch {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Watch {
    fn done(&self, persons: u64, visits: u64) {
        if self.by_persons {
            self.bar.inc(persons);
        } else {
            let visits = self.visits.fetch_add(visits, Ordering::Relaxed) + visits;
            self.bar.set_message(HumanCount(visits).to_string());
        }
    }

    fn stop(&self) -> bool {
        STOPPED.load(Ordering::Relaxed)
    }
}

/// The most memory that the program has used so far, in bytes; unknown on some systems.
#[must_use]
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1_024)
}
