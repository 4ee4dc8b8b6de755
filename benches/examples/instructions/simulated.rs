//! Workloads of the simulator: members made, and their visits settled in blocks.
#![expect(clippy::panic, reason = "a workload that cannot be made ends the count")]

use std::collections::BTreeMap;
use std::hint::black_box;

use tongchou_benches::kernel::load::canonical;
use tongchou_benches::workloads::Work;
use tongchou_benches::workloads::counted::{Counted, ITEMS};
use tongchou_sim::batch::Batch;
use tongchou_sim::generate::Generator;
use tongchou_sim::load::visits_in_memory;
use tongchou_sim::run::{PERSONS_A_BLOCK, Population, Terms};
use tongchou_sim::scenario::Scenario;
use tongchou_sim::settle::{Settler, WIDTH_SMALL};
use tongchou_wire::engine::Engine;

/// A nation's employees: offices, pharmacies and stays in their published proportions.
const SCENARIO: &str = "cn-employee-2025";

/// The workloads of the simulator; an item is a visit.
pub const SIMULATED: [Counted; 2] = [
    Counted { name: "generate", items: ITEMS, make: |visits| Box::new(Made::new(visits)) },
    Counted { name: "simulate", items: ITEMS, make: |visits| Box::new(Settled::new(visits)) },
];

fn scenario() -> (Scenario, Generator) {
    let text = tongchou_sim::presets::find(SCENARIO).map_or("", |preset| preset.text);
    let scenario = match Scenario::read(text, SCENARIO) {
        Ok(scenario) => scenario,
        Err(fault) => panic!("{fault}"),
    };
    match Generator::new(&scenario, 1) {
        Ok(generator) => (scenario, generator),
        Err(fault) => panic!("{fault}"),
    }
}

/// Makes the members of so many visits.
struct Made {
    generator: Generator,
    blocks: u64,
    visits: usize,
    batch: Batch,
    sum: u64,
}

impl Made {
    fn new(visits: usize) -> Self {
        let (_, generator) = scenario();
        let blocks = visits_in_memory(&generator, visits);
        let visits = blocks.iter().map(Batch::visits).sum();
        let mut batch = Batch::default();
        // The memory of a block is taken before anything is counted.
        generator.fill(0..PERSONS_A_BLOCK * 2, &mut batch);
        Self { generator, blocks: blocks.len() as u64, visits, batch, sum: 0 }
    }
}

impl Work for Made {
    fn count(&self) -> usize {
        self.visits
    }

    fn run(&mut self) {
        for block in 0..self.blocks {
            let from = block * PERSONS_A_BLOCK;
            self.generator.fill(from..from + PERSONS_A_BLOCK, &mut self.batch);
            let last = self.batch.fee.last().copied().unwrap_or(0).unsigned_abs();
            self.sum = self.sum.rotate_left(5) ^ last;
        }
        black_box(&self.batch);
    }

    fn checksum(&self) -> u64 {
        self.sum
    }
}

/// Binds and settles so many visits that are in memory.
struct Settled {
    generator: Generator,
    blocks: Vec<Batch>,
    settler: Settler<WIDTH_SMALL>,
}

impl Settled {
    fn new(visits: usize) -> Self {
        let (scenario, generator) = scenario();
        let blocks = visits_in_memory(&generator, visits);
        let mut engine = Engine::new();
        assert!(engine.add_pack(&canonical(&scenario.pack)).is_ok(), "{}", scenario.pack);
        let Ok(binder) = engine.binder(&scenario.pack, &scenario.params) else {
            panic!("{}", scenario.pack)
        };
        let terms = Terms { binder, facts: BTreeMap::new() };
        let settler = match Settler::new(terms.bound()) {
            Ok(settler) => settler,
            Err(fault) => panic!("{fault}"),
        };
        let mut settled = Self { generator, blocks, settler };
        // What is met for the first time is bound before anything is counted.
        settled.run();
        settled
    }
}

impl Work for Settled {
    fn count(&self) -> usize {
        self.blocks.iter().map(Batch::visits).sum()
    }

    fn run(&mut self) {
        let Self { generator, blocks, settler } = black_box(self);
        let book = Population::book(generator);
        for block in blocks.iter() {
            assert!(settler.run(block, book).is_ok());
        }
    }

    fn checksum(&self) -> u64 {
        let sums = self.settler.tally.sums();
        (sums.fund ^ sums.cash.rotate_left(17) ^ sums.account.rotate_left(31)).cast_unsigned()
    }
}
