//! Workloads of the public contract: text in, text out.

use std::hint::black_box;

use tongchou_benches::data::{inpatient_visits, message};
use tongchou_benches::kernel::load::canonical;
use tongchou_benches::workloads::Work;
use tongchou_benches::workloads::counted::Counted;
use tongchou_wire::engine::{Answer, Engine};

const PACK: &str = "110000-employee";
/// A member's year of three facts; its bills are settled under [`PACK`].
const REPLAY: &str = include_str!("../../../fixtures/demo/replay.json");

/// The workloads of the contract. A call takes a thousand times what a visit of a column takes, so
/// fewer items say as much.
pub const CONTRACT: [Counted; 3] = [
    Counted { name: "settle-json", items: 500, make: settle },
    Counted { name: "replay-json", items: 200, make: replay },
    Counted { name: "load-pack", items: 20, make: load },
];

/// One request each of so many stays.
fn settle(count: usize) -> Box<dyn Work> {
    let visits = inpatient_visits(count, 1);
    Box::new(Calls::new((0..count).map(|row| message(&visits, row, false)).collect()))
}

fn replay(count: usize) -> Box<dyn Work> {
    Box::new(Calls::new(vec![REPLAY.to_owned(); count]))
}

fn load(count: usize) -> Box<dyn Work> {
    Box::new(Loads { text: canonical(PACK), engines: Vec::with_capacity(count), count })
}

/// Messages to an engine that has its pack.
struct Calls {
    engine: Engine,
    messages: Vec<String>,
    /// The lengths of all answers, folded in order.
    answers: u64,
}

impl Calls {
    fn new(messages: Vec<String>) -> Self {
        let mut engine = Engine::new();
        assert!(engine.add_pack(&canonical(PACK)).is_ok(), "{PACK}");
        // The first call compiles what the others find.
        if let Some(first) = messages.first() {
            let answer = engine.call(first);
            assert!(!matches!(answer, Answer::Refused(_)), "{answer:?}");
        }
        Self { engine, messages, answers: 0 }
    }
}

impl Work for Calls {
    fn count(&self) -> usize {
        self.messages.len()
    }

    fn run(&mut self) {
        let Self { engine, messages, answers } = black_box(self);
        for message in messages {
            let text = engine.call(message).json(Default::default());
            *answers = answers.rotate_left(5) ^ text.len() as u64;
            black_box(text);
        }
    }

    fn checksum(&self) -> u64 {
        self.answers
    }
}

/// A pack loaded again and again, each time by an engine without any.
struct Loads {
    text: String,
    engines: Vec<Engine>,
    count: usize,
}

impl Work for Loads {
    fn count(&self) -> usize {
        self.count
    }

    fn run(&mut self) {
        let Self { text, engines, count } = black_box(self);
        for _ in 0..*count {
            let mut engine = Engine::new();
            assert!(engine.add_pack(text).is_ok(), "{PACK}");
            engines.push(engine);
        }
    }

    fn checksum(&self) -> u64 {
        self.engines.len() as u64
    }
}
