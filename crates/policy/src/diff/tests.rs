//! Comparisons of packs with themselves, with edited copies and with each other.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test may stop where it finds a fault"
)]

use std::collections::BTreeMap;
use std::path::Path;

use tongchou_core::calendar::Day;
use tongchou_core::money::{Fen, PPM, Ppm};
use tongchou_core::pack::{AdjustStep, Choice, Pack, Row, Standard};
use tongchou_core::plan::is_columnar_only;

use super::find;
use super::{Bills, Diff, Grid, Impact, Side};
use crate::report::Lang;

fn shipped() -> Vec<Pack> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/data");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let packs = files.iter().map(|file| read(&std::fs::read_to_string(file).unwrap()));
    let settles = |pack: &Pack| !pack.layers.is_empty();
    packs.filter(|pack| settles(pack) && !pack.layers.iter().any(is_columnar_only)).collect()
}

fn read(text: &str) -> Pack {
    crate::check(text, "test.toml").unwrap().pack
}

fn diff(a: &Pack, b: &Pack) -> Diff {
    Diff::new(Side::new("A", a, None).unwrap(), Side::new("B", b, None).unwrap())
}

fn impact(diff: &Diff) -> Impact {
    diff.impact(&mut Grid::at_most(diff, BTreeMap::new(), [6_000, 2_000])).unwrap()
}

/// Compares two packs both ways and checks what holds for any two.
#[track_caller]
fn compared(a: &Pack, b: &Pack) -> (Diff, Impact) {
    let there = diff(a, b);
    let moved = impact(&there);
    let back = impact(&diff(b, a));
    for impact in [&moved, &back] {
        assert_eq!(impact.steps.iter().map(|s| s.fund).sum::<i128>(), impact.fund);
        assert_eq!(impact.steps.iter().map(|s| s.person).sum::<i128>(), impact.person);
        assert!(impact.steps.iter().all(|step| !step.changes.is_empty()));
        assert_eq!(impact.gainers + impact.losers + impact.unchanged, impact.compared);
        // No bill of the grid has a part of the hospital.
        assert_eq!(impact.fund, -impact.person);
    }
    assert_eq!((moved.fund, moved.person), (-back.fund, -back.person));
    assert_eq!((moved.gainers, moved.losers), (back.losers, back.gainers));
    assert_eq!((moved.compared, moved.refused), (back.compared, back.refused));
    let counting = there.changes.iter().filter(|change| change.counts).count();
    assert_eq!(moved.steps.iter().map(|step| step.changes.len()).sum::<usize>(), counting);
    let mut all = there.sides[0].clone();
    for change in there.changes.iter().rev() {
        change.apply(&mut all.named, &there.sides[1].named);
    }
    all.named.clauses.clone_from(&there.sides[1].named.clauses);
    assert_eq!(texts(&find::changes(&all, &there.sides[1])), Vec::<String>::new());
    (there, moved)
}

fn texts(changes: &[super::Change]) -> Vec<String> {
    changes.iter().map(|change| change.say(Lang::Zh)).collect()
}

#[test]
fn a_pack_differs_in_nothing_from_itself() {
    for pack in shipped() {
        let (diff, impact) = compared(&pack, &pack);
        assert_eq!(texts(&diff.changes), Vec::<String>::new(), "{}", pack.id);
        assert_eq!((impact.fund, impact.person, impact.refused), (0, 0, 0), "{}", pack.id);
        assert_eq!(impact.unchanged, impact.compared);
        assert!(impact.steps.is_empty());
        assert!(diff.text(Some(&impact), Lang::Zh).contains("没有差异"));
        assert!(diff.text(Some(&impact), Lang::En).contains("no differences"));
        assert_eq!(diff.json(Some(&impact))["equal"], true);
    }
}

/// What is read by its names and written back settles every bill as the pack itself does.
#[test]
fn names_lose_nothing() {
    for pack in shipped() {
        let diff = diff(&pack, &pack);
        let mut grid = Grid::new(&diff, BTreeMap::new());
        let written = diff.sides[0].pack().unwrap();
        assert!(grid.settle(&pack).unwrap() == grid.settle(&written).unwrap(), "{}", pack.id);
    }
}

#[test]
fn numbering_is_no_difference() {
    // The rules about members are numbered as they were, so packs that have some are left out.
    for pack in shipped().into_iter().filter(|pack| pack.rules.is_empty()) {
        let turned = renumbered(&pack);
        assert_ne!(turned, pack);
        let (diff, impact) = compared(&pack, &turned);
        assert_eq!(texts(&diff.changes), Vec::<String>::new(), "{}", pack.id);
        assert_eq!((impact.fund, impact.person), (0, 0));
    }
}

/// The same pack with clauses, parameters and dimensions, and the values of the given ones,
/// numbered from behind.
fn renumbered(pack: &Pack) -> Pack {
    let mut turned = pack.clone();
    let sizes: Vec<(u8, bool)> =
        pack.dims.iter().map(|dim| (dim.values.len() as u8, dim.cut.is_some())).collect();
    let dims = sizes.len() as u16;
    let value = move |(size, cut): (u8, bool), v: u8| if cut { v } else { size - 1 - v };
    let dim = |(dim, values): &mut (u16, Vec<u8>)| {
        let size = sizes[usize::from(*dim)];
        values.iter_mut().for_each(|v| *v = value(size, *v));
        *dim = dims - 1 - *dim;
    };
    let counts: Vec<u8> = pack.params.iter().map(|param| param.values.len() as u8).collect();
    let params = counts.len() as u16;
    let param = |(param, values): &mut (u16, Vec<u8>)| {
        let size = counts[usize::from(*param)];
        values.iter_mut().for_each(|v| *v = size - 1 - *v);
        *param = params - 1 - *param;
    };
    let clauses = pack.clauses.len() as u16;
    every_row(&mut turned, &mut |when, own, clause| {
        when.iter_mut().for_each(dim);
        own.iter_mut().for_each(param);
        *clause = clauses - 1 - *clause;
    });
    if let Some(care) = &mut turned.stay.care {
        dim(care);
    }
    for layer in &mut turned.layers {
        layer.when.iter_mut().for_each(dim);
        layer.params.iter_mut().for_each(param);
        layer.clause = clauses - 1 - layer.clause;
        turn(&mut layer.takes, params);
        turn(&mut layer.basis, params);
        turn(&mut layer.deductible_scope, params);
        turn(&mut layer.round_side, params);
        turn(&mut layer.origin, params);
        turn(&mut layer.backsolve, params);
        turn(&mut layer.clamp, params);
    }
    turn(&mut turned.classify.prepay_basis, params);
    for group in &mut turned.groups {
        group.clause = clauses - 1 - group.clause;
    }
    for fact in &mut turned.facts {
        fact.clause = clauses - 1 - fact.clause;
    }
    for own in &mut turned.dims {
        let size = (own.values.len() as u8, own.cut.is_some());
        own.default = own.default.map(|v| value(size, v));
        own.steps = own.steps.map(|clause| clauses - 1 - clause);
        if own.cut.is_none() {
            own.values.reverse();
        }
    }
    for own in &mut turned.params {
        own.values.reverse();
        own.default = own.values.len() as u8 - 1 - own.default;
        own.clause = clauses - 1 - own.clause;
    }
    turned.dims.reverse();
    turned.params.reverse();
    turned.clauses.reverse();
    turned
}

fn turn<T>(choice: &mut Choice<T>, params: u16) {
    if let Choice::Param(param, values) = choice {
        *param = params - 1 - *param;
        values.reverse();
    }
}

type Accepted = Vec<(u16, Vec<u8>)>;

fn every_row(pack: &mut Pack, each: &mut dyn FnMut(&mut Accepted, &mut Accepted, &mut u16)) {
    fn rows<V>(rows: &mut [Row<V>], each: &mut dyn FnMut(&mut Accepted, &mut Accepted, &mut u16)) {
        rows.iter_mut().for_each(|row| each(&mut row.when, &mut row.params, &mut row.clause));
    }
    rows(&mut pack.classify.prepay, each);
    rows(&mut pack.classify.limit, each);
    rows(&mut pack.classify.fixed, each);
    rows(&mut pack.standing, each);
    rows(&mut pack.personal, each);
    for layer in &mut pack.layers {
        rows(&mut layer.upfront, each);
        rows(&mut layer.deductible, each);
        rows(&mut layer.band, each);
        rows(&mut layer.adjust, each);
        rows(&mut layer.cap, each);
        rows(&mut layer.eligible, each);
    }
    pack.groups.iter_mut().for_each(|group| rows(&mut group.cap, each));
}

/// One layer, 80 % above 1300 yuan a bill.
const PLAIN: &str = r#"
[pack]
id = "990000-plain"
name = { zh = "样例", en = "plain" }
programme = "employee"
from = 2024-01-01
to = 2026-12-31
dated_by = "discharge"
year_start = "01-01"
[clause]
T-1 = { doc = "样例办法 第一条", text = "起付线", confidence = "source" }
T-2 = { doc = "样例办法 第二条", text = "其余", confidence = "known" }
[dim]
class = ["A"]
[[prepay]]
when = { class = "A" }
share = "0%"
clause = "T-2"
[[layer]]
id = "pool"
name = { zh = "统筹基金", en = "pool" }
takes = ["in_scope"]
fund = "310100"
clause = "T-2"
  [[layer.deductible]]
  amount = "1300.00"
  clause = "T-1"
  [[layer.band]]
  pays = ["80%"]
  clause = "T-2"
[personal]
account_pays = ["in_scope"]
clause = "T-2"
[[example]]
name = "起付线以上"
request.member = {}
request.encounter = { id = "ex", admitted = "2024-05-06" }
request.totals = { in_scope = "2300.00" }
expect.amounts = { fund = "800.00" }
"#;

/// Amounts of the grid above 1200: 2,000 to 600,000 nine times 80.00; 1200.01 gains 0.01 (0.008),
/// 1299.99 gains 79.99 (79.992), 1300.00 gains 80.00, 1300.01 gains 80.01 − 0.01 = 80.00; together
/// 960.00, under both histories 1920.00. Lines of 5,000, 20,000 and 100,000: 240.00.
#[test]
fn a_lower_deductible_by_hand() {
    let edited = PLAIN.replace("amount = \"1300.00\"", "amount = \"1200.00\"");
    let (diff, impact) = compared(&read(PLAIN), &read(&edited));
    assert_eq!(texts(&diff.changes), ["统筹基金 起付线 1,300.00 → 1,200.00 (T-1)"]);
    assert_eq!(diff.changes[0].say(Lang::En), "pool deductible 1,300.00 → 1,200.00 (T-1)");
    assert_eq!(impact.fund, 216_000);
    assert_eq!((impact.gainers, impact.losers), (13 * 2 + 3, 0));
    assert_eq!(impact.steps.len(), 1);
    assert_eq!((impact.steps[0].fund, impact.steps[0].moved), (216_000, 29));
}

/// A row is compared day by day: what it is cut into is no difference, and neither is a longer
/// life of the whole pack.
#[test]
fn dates_are_compared_day_by_day() {
    let half = |amount: &str, to: &str| {
        let cut = format!(
            "amount = \"1300.00\"\n  to = {to}\n  clause = \"T-1\"\n  [[layer.deductible]]\n  \
             amount = \"{amount}\"\n  from = 2025-01-01"
        );
        read(&PLAIN.replace("amount = \"1300.00\"", &cut))
    };
    let (diff, _) = compared(&read(PLAIN), &half("1300.00", "2024-12-31"));
    assert_eq!(texts(&diff.changes), Vec::<String>::new());
    let (diff, impact) = compared(&read(PLAIN), &half("1200.00", "2024-12-31"));
    let text = "统筹基金 起付线 1,300.00 → 1,200.00 自 2025-01-01 (T-1)";
    assert_eq!(texts(&diff.changes), [text]);
    assert_eq!(impact.fund, 216_000);
    let longer = read(&PLAIN.replace("to = 2026-12-31", "to = 2027-12-31"));
    let (diff, impact) = compared(&read(PLAIN), &longer);
    let text = "有效期 2024-01-01 … 2026-12-31 → 2024-01-01 … 2027-12-31";
    assert_eq!(texts(&diff.changes), [text]);
    assert_eq!(impact.fund, 0);
    // Two files, one after the other: each settles the bills in its own life.
    let first = read(&PLAIN.replace("to = 2026-12-31", "to = 2024-12-31"));
    let second = PLAIN.replace("from = 2024-01-01", "from = 2025-01-01");
    let second = second.replace("1300.00", "1200.00").replace("\"2024-05-06\"", "\"2025-05-06\"");
    let second = read(&second.replace("fund = \"800.00\"", "fund = \"880.00\""));
    let (diff, impact) = compared(&first, &second);
    assert_eq!(texts(&diff.changes)[1..], ["统筹基金 起付线 1,300.00 → 1,200.00 (T-1)"]);
    assert_eq!((impact.fund, impact.refused), (216_000, 0));
}

#[test]
fn a_day_counts_only_its_rows() {
    let pack = shipped().into_iter().find(|pack| pack.id == "110000-employee").unwrap();
    let pack = &pack;
    let day = |year, month, day| Day::new(year, month, day);
    let side = |on| Side::new("x", pack, on).unwrap();
    let changes = |a, b| texts(&Diff::new(side(a), side(b)).changes);
    assert_eq!(changes(day(2023, 1, 1), day(2025, 7, 1)), Vec::<String>::new());
    let turn = changes(day(2022, 12, 31), day(2023, 1, 1));
    assert!(turn.iter().any(|text| text.contains("不设封顶 自 2023-01-01")), "{turn:?}");
    // Against the whole pack, what differs are the days before the chosen one's rows.
    let whole = changes(day(2023, 1, 1), None);
    let mut priced = whole.iter().filter(|text| !text.contains("费率"));
    assert!(priced.all(|text| text.contains("至 2022-12-31")), "{whole:?}");
    assert!(Side::new("x", pack, day(1999, 1, 1)).is_err());
}

#[test]
fn a_new_value_comes_with_its_rows() {
    let wider = PLAIN
        .replace("class = [\"A\"]", "class = [\"A\", \"B\"]\nlevel = [\"tier1\", \"tier3\"]")
        .replace("[[layer]]", "[[prepay]]\nwhen = { class = \"B\" }\nshare = \"10%\"\nclause = \"T-2\"\n[[layer]]")
        .replace("  pays = [\"80%\"]\n", "  when = { level = \"tier3\" }\n  pays = [\"80%\"]\n")
        .replace("[personal]", "  [[layer.band]]\n  when = { level = \"tier1\" }\n  pays = [\"90%\"]\n  clause = \"T-2\"\n[personal]")
        .replace("admitted =", "level = \"tier3\", admitted =");
    let (diff, impact) = compared(&read(PLAIN), &read(&wider));
    let said = texts(&diff.changes);
    assert!(said.contains(&"新增：维度 level [tier1 | tier3]".to_owned()), "{said:?}");
    assert!(said.contains(&"新增：先行自付 [乙类] 10% (T-2)".to_owned()), "{said:?}");
    assert!(said.contains(&"删除：统筹基金 支付比例 80% (T-2)".to_owned()), "{said:?}");
    // A line of class B is refused by the first pack, and only that.
    assert!(impact.refused > 0);
    assert!(impact.fund > 0);
}

#[test]
fn packs_of_two_places_are_compared() {
    let packs = shipped();
    assert!(packs.len() > 1);
    let moved = packs.windows(2).map(|pair| {
        let (diff, impact) = compared(&pair[0], &pair[1]);
        assert!(diff.changes.len() > 10, "{} {}", pair[0].id, pair[1].id);
        impact.steps.iter().filter(|step| step.moved > 0).count()
    });
    assert!(moved.sum::<usize>() > 20);
}

/// A layer that comes in, with all that it says, is one step.
#[test]
fn layers_come_and_go() {
    let more = PLAIN.replace(
        "[personal]",
        "[[layer]]\nid = \"extra\"\nname = { zh = \"补充\", en = \"extra\" }\n\
         takes = [\"pool.self\"]\nfund = \"370100\"\nclause = \"T-2\"\n  [[layer.band]]\n  \
         pays = [\"50%\"]\n  clause = \"T-2\"\n[personal]",
    );
    let more = more.replace("fund = \"800.00\"", "fund = \"900.00\"");
    let (diff, impact) = compared(&read(PLAIN), &read(&more));
    assert_eq!(texts(&diff.changes), ["新增：基金层 extra 补充 (T-2)"]);
    assert!(diff.changes[0].details.iter().any(|text| text.zh == "支付比例 50% (T-2)"));
    assert!(diff.changes[0].details.iter().any(|t| t.zh == "进入金额: 统筹基金段内个人负担"));
    assert_eq!(impact.steps.len(), 1);
    assert!(impact.fund > 0);
}

/// A layer that begins in 2025, seen on two days and over the whole life.
#[test]
fn layers_have_dates() {
    let later = PLAIN.replace(
        "[personal]",
        "[[layer]]\nid = \"extra\"\nname = { zh = \"补充\", en = \"extra\" }\n\
         takes = [\"pool.self\"]\nfund = \"370100\"\nfrom = 2025-01-01\nclause = \"T-2\"\n  \
         [[layer.band]]\n  pays = [\"50%\"]\n  clause = \"T-2\"\n[personal]",
    );
    let pack = read(&later);
    let side = |year| Side::new("x", &pack, Day::new(year, 6, 1)).unwrap();
    let turn = Diff::new(side(2024), side(2025));
    assert_eq!(texts(&turn.changes)[0], "补充 执行期间 不执行 → 全部 (T-2)");
    let moved = impact(&turn);
    assert!(moved.fund > 0);
    assert_eq!(moved.fund, -impact(&Diff::new(side(2025), side(2024))).fund);
    let (diff, whole) = compared(&read(PLAIN), &pack);
    assert_eq!(diff.changes.len(), 1);
    assert!(whole.fund > 0);
}

/// Numbers from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }
}

/// One edit that an author might make.
fn edit(pack: &mut Pack, dice: &mut Dice) {
    let layers = pack.layers.len();
    let at = dice.below(layers);
    let layer = &mut pack.layers[at];
    let fen = Fen(i64::try_from(dice.below(50_000)).unwrap() * 100 + 1);
    match dice.below(9) {
        0 | 1 if !layer.deductible.is_empty() => {
            let row = dice.below(layer.deductible.len());
            layer.deductible[row].value = Standard::Amount(fen);
        }
        2 if !layer.cap.is_empty() => {
            let row = dice.below(layer.cap.len());
            layer.cap[row].value.amount = (dice.below(2) == 0).then_some(fen);
        }
        3 if !layer.adjust.is_empty() => {
            let row = dice.below(layer.adjust.len());
            match dice.below(2) {
                0 => drop(layer.adjust.remove(row)),
                _ => layer.adjust[row].value.step = AdjustStep::Set(Ppm(100_000)),
            }
        }
        4 => layer.fund.push('1'),
        5 => {
            let row = dice.below(pack.classify.prepay.len());
            pack.classify.prepay[row].value.share = Ppm(50_000);
        }
        6 if !pack.params.is_empty() => {
            let param = dice.below(pack.params.len());
            let param = &mut pack.params[param];
            param.default = dice.below(param.values.len()) as u8;
        }
        7 => {
            let mid = Day(i32::midpoint(pack.from.0, pack.to.0));
            let rows = &mut layer.band;
            let mut later = rows[0].clone();
            if later.from <= mid && mid < later.to {
                rows[0].to = mid;
                later.from = Day(mid.0 + 1);
                later.value.pays[0] = Ppm(PPM as u32 / 2);
                rows.push(later);
            }
        }
        _ => {
            let row = dice.below(layer.band.len());
            let pays = &mut layer.band[row].value.pays;
            let band = dice.below(pays.len());
            pays[band] = Ppm(dice.below(101) as u32 * 10_000);
        }
    }
}

#[test]
fn random_edits_are_attributed_whole() {
    for (place, pack) in shipped().into_iter().enumerate() {
        for seed in 0..4 {
            let mut dice = Dice(seed * 31 + place as u64);
            let mut edited = pack.clone();
            for _ in 0..=dice.below(5) {
                edit(&mut edited, &mut dice);
            }
            let (diff, impact) = compared(&pack, &edited);
            assert!(diff.changes.iter().any(|c| c.counts) || impact.fund == 0, "seed {seed}");
        }
    }
}
