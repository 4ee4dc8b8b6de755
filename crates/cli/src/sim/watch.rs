//! The progress of a run on a terminal, and Ctrl-C.

use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanFloatCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use tongchou_sim::run::Progress;

/// Whether Ctrl-C was pressed; the second time ends the program at once.
static STOPPED: AtomicBool = AtomicBool::new(false);

/// Takes Ctrl-C as a wish to end with what is there.
pub fn listen() {
    // A second handler is refused and the first stays: both do the same.
    drop(ctrlc::set_handler(|| {
        if STOPPED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    }));
}

/// A bar with rate and remaining time on a terminal; nothing otherwise.
#[derive(Debug)]
pub struct Watch {
    bar: ProgressBar,
    begun: Instant,
}

impl Watch {
    /// Begins to watch a run over `persons`, or over an unknown number.
    #[must_use]
    pub fn begin(persons: Option<u64>) -> Self {
        let target = match std::io::stderr().is_terminal() {
            true => ProgressDrawTarget::stderr_with_hz(5),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(persons, target);
        let known = "{bar:30} {percent:>3}%  {human_pos}/{human_len}  {rate}/s  {eta_precise}";
        let template = if persons.is_some() { known } else { "{spinner} {human_pos}  {rate}/s" };
        let rate = |state: &ProgressState, out: &mut dyn Write| {
            // Nobody is left to tell if a terminal takes no text.
            let _ = write!(out, "{}", HumanFloatCount(state.per_sec().round()));
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.with_key("rate", rate));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, begun: Instant::now() }
    }

    /// Takes the bar away; the time since the beginning.
    pub fn end(&self) -> Duration {
        self.bar.finish_and_clear();
        self.begun.elapsed()
    }
}

impl Progress for Watch {
    fn done(&self, persons: u64, _: u64) {
        self.bar.inc(persons);
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
