//! Packs with planted faults, and the exact functions beside the kernel.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop where it finds a fault"
)]

use std::path::Path;

use expect_test::expect;
use tongchou_core::pack::{Choice, Pack, Take};

use super::bill::{Bill, History};
use super::kernel::Kernel;
use super::ratio::Ratio;
use super::space::{Leaf, Space};
use super::{Kind, Proof, class, history, prove};
use crate::report::Lang;

const HEAD: &str = r#"
[pack]
id = "990000-test"
name = { zh = "测试", en = "test" }
programme = "employee"
from = 2024-01-01
to = 2025-12-31
dated_by = "discharge"
year_start = "01-01"

[clause]
T-1 = { doc = "测试办法 第一条", text = "全部规定", confidence = "source" }
T-2 = { doc = "测试办法 第二条", text = "按费用分档", confidence = "source" }

[dim]
care = ["outpatient", "inpatient"]
class = { values = ["A"], default = "A" }

[[prepay]]
share = "0%"
clause = "T-1"

[personal]
account_pays = ["in_scope"]
clause = "T-1"
"#;

const POOL: &str = r#"
[[layer]]
id = "pool"
name = { zh = "统筹基金", en = "pool" }
takes = ["in_scope"]
fund = "310100"
basis = "year"
deductible_per = "year"
clause = "T-1"
"#;

fn pack(text: &str) -> Pack {
    match crate::check(&format!("{HEAD}{text}"), "test.toml") {
        Ok(checked) => checked.pack,
        Err(report) => panic!("{report}"),
    }
}

/// The kinds of what stands against a pack.
#[track_caller]
fn kinds(text: &str, expected: &[Kind]) -> Proof {
    let proof = prove(&pack(text));
    let mut kinds: Vec<Kind> = proof.findings.iter().map(|finding| finding.kind).collect();
    kinds.dedup();
    assert_eq!(kinds, expected, "{}", proof.render(Lang::En));
    proof
}

fn shipped() -> Vec<Pack> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/data");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: &std::path::PathBuf| {
        let text = std::fs::read_to_string(file).unwrap();
        crate::check(&text, "shipped.toml").unwrap().pack
    };
    // Packs of rules only pay nothing that could be proved.
    files.iter().map(read).filter(|pack| !pack.layers.is_empty()).collect()
}

/// A plain pool with a cap.
fn plain(extra: &str) -> String {
    format!(
        "{POOL}
        [[layer.deductible]]
        amount = \"1000.00\"
        clause = \"T-1\"
        [[layer.band]]
        upto = [\"20000.00\"]
        pays = [\"70%\", \"90%\"]
        clause = \"T-1\"
        [[layer.cap]]
        per = \"year\"
        amount = \"50000.00\"
        clause = \"T-1\"
        {extra}"
    )
}

#[test]
fn a_plain_pack_is_proved() {
    let proof = kinds(&plain(""), &[]);
    expect![[r#"
        990000-test  test
          choices of parameters: 1 × spells of days: 1 × combinations: 1; different cases: 1
          125 linear pieces and 3 states of the counters proved; 129 bills of the kernel, at most 0.58 fen off
          split bills: proved in 1 cases that the bills of a year pay what one bill of their sum pays (8 comparisons)
          of each further yuan of cost, the fund pays: pool 0–0.9
          pool, cap 50,000.00 yuan a year [T-1]: reached at in-scope cost 60,777.78 yuan
          proved
    "#]]
    .assert_eq(&proof.render(Lang::En));
    assert!(proof.render(Lang::Zh).ends_with("证明成立\n"));
    assert_eq!(proof.json()["proved"], true);
    assert_eq!(proof.json(), prove(&pack(&plain(""))).json());
}

/// The whole bill moves to another rate at 20,000 yuan.
fn bracket(of: &str, clause: &str) -> String {
    format!(
        "[dim.size]
        of = \"{of}\"
        cuts = [[\"20000.00\", \"up\"]]
        names = [\"small\", \"big\"]
        {clause}
        {POOL}
        [[layer.band]]
        when = {{ size = \"small\" }}
        pays = [\"80%\"]
        clause = \"T-1\"
        [[layer.band]]
        when = {{ size = \"big\" }}
        pays = [\"60%\"]
        clause = \"T-2\""
    )
}

#[test]
fn a_cliff_is_found_with_its_amount_and_both_rows() {
    let proof = kinds(&bracket("in_scope", ""), &[Kind::Step]);
    expect![[r#"
        in scope 20000.00: the fund jumps by -4000.00 (first bill 16000.00 → 12000.00): pool.band 80% [T-1] → 60% [T-2]; *, 1 places"#]]
    .assert_eq(&proof.findings[0].text.en);
    let proof = kinds(&bracket("total", ""), &[Kind::Step]);
    expect!["a total of 20000.00 (with 20000.00 in scope): the fund jumps by -4000.00 (first bill 16000.00 → 12000.00): pool.band 80% [T-1] → 60% [T-2]; *, 1 places"]
    .assert_eq(&proof.findings[0].text.en);
}

#[test]
fn a_step_that_a_clause_orders_is_declared() {
    let proof = kinds(&bracket("in_scope", "clause = \"T-2\""), &[]);
    assert_eq!(proof.declared.len(), 1);
    assert!(proof.declared[0].zh.starts_with("[T-2] 政策范围内 20000.00 元：基金 -4000.00"));
}

#[test]
fn a_step_that_only_a_history_meets_is_found() {
    let proof = kinds(
        &format!(
            "[dim.size]
            of = \"in_scope\"
            cuts = [[\"20000.00\", \"up\"]]
            names = [\"small\", \"big\"]
            {POOL}
            [[layer.band]]
            when = {{ size = \"small\" }}
            upto = [\"20000.00\"]
            pays = [\"80%\", \"70%\"]
            clause = \"T-1\"
            [[layer.band]]
            when = {{ size = \"big\" }}
            upto = [\"20000.00\"]
            pays = [\"80%\", \"60%\"]
            clause = \"T-2\""
        ),
        &[Kind::Step],
    );
    assert!(proof.findings[0].text.en.contains("with a history"));
}

#[test]
fn a_standing_that_ends_at_an_amount_is_a_step() {
    let proof = kinds(
        &format!(
            "[dim.size]
            of = \"in_scope\"
            cuts = [[\"20000.00\", \"up\"]]
            names = [\"small\", \"big\"]
            [[standing]]
            when = {{ size = \"small\" }}
            fund = \"none\"
            account = \"yes\"
            clause = \"T-1\"
            [[standing]]
            when = {{ size = \"big\" }}
            fund = \"normal\"
            account = \"yes\"
            clause = \"T-2\"
            {POOL}
            [[layer.band]]
            pays = [\"80%\"]
            clause = \"T-1\""
        ),
        &[Kind::Step],
    );
    let text = &proof.findings[0].text.en;
    assert!(
        text.contains("+16000.00") && text.contains("standing none [T-1] → fund [T-2]"),
        "{text}"
    );
}

#[test]
fn caps_that_no_bill_reaches() {
    // The pool's share of 10,000 yuan leaves 2,500 at most to the supplement's intake.
    let supplement = |cap: &str, takes: &str, per: &str| {
        format!(
            "{POOL}
            [[layer.deductible]]
            amount = \"500.00\"
            clause = \"T-1\"
            [[layer.band]]
            pays = [\"80%\"]
            clause = \"T-1\"
            [[layer.cap]]
            per = \"year\"
            amount = \"10000.00\"
            clause = \"T-1\"
            [[layer]]
            id = \"supplement\"
            name = {{ zh = \"补充\", en = \"supplement\" }}
            takes = [\"pool.{takes}\"]
            fund = \"370100\"
            clause = \"T-1\"
            [[layer.band]]
            pays = [\"50%\"]
            clause = \"T-1\"
            [[layer.cap]]
            per = \"{per}\"
            amount = \"{cap}\"
            clause = \"T-2\""
        )
    };
    kinds(&supplement("1250.00", "self", "year"), &[]);
    let proof = kinds(&supplement("1250.01", "self", "year"), &[Kind::Cap]);
    expect!["supplement.cap 1250.01/year [T-2]: can never be reached; 1250.00 at most"]
        .assert_eq(&proof.findings[0].text.en);
    // A deductible of every bill piles up; one of the year does not.
    kinds(&supplement("1000.00", "deductible", "year"), &[Kind::Cap]);
    let by_bill =
        supplement("1000.00", "deductible", "year").replace("deductible_per = \"year\"", "");
    let proof = kinds(&by_bill, &[]);
    expect!["not reached by one bill, but by 4 of 500.00 yuan in scope each"]
        .assert_eq(&proof.caps[1].reached.en);
}

#[test]
fn a_deductible_that_rises_with_the_admission() {
    let text = format!(
        "[dim.admission]
        of = \"admission\"
        cuts = [[2, \"up\"], [3, \"up\"]]
        names = [\"first\", \"second\", \"later\"]
        [stay]
        care = [\"inpatient\"]
        {POOL}
        [[layer.deductible]]
        when = {{ admission = [\"first\", \"later\"] }}
        amount = \"1000.00\"
        clause = \"T-1\"
        [[layer.deductible]]
        when = {{ admission = \"second\" }}
        amount = \"500.00\"
        clause = \"T-2\"
        [[layer.band]]
        pays = [\"80%\"]
        clause = \"T-1\""
    );
    let proof = kinds(&text, &[Kind::Deductible]);
    expect![
        "pool.deductible: the deductible rises with the admission: 500.00 [T-2] → 1000.00 [T-1]"
    ]
    .assert_eq(&proof.findings[0].text.en);
}

/// A second layer behind the pool.
fn second(takes: &str) -> String {
    format!(
        "[[layer]]
        id = \"second\"
        name = {{ zh = \"第二层\", en = \"second\" }}
        takes = [\"{takes}\"]
        fund = \"330100\"
        clause = \"T-1\"
        [[layer.band]]
        pays = [\"50%\"]
        clause = \"T-2\""
    )
}

#[test]
fn an_amount_taken_twice_is_a_slope_above_one() {
    // The checker refuses such a pack, so the fault is planted behind it.
    let mut pack = pack(&plain(&second("pool.over")));
    pack.layers[1].takes = Choice::Is(vec![Take::InScope]);
    let proof = prove(&pack);
    let finding = proof.findings.iter().find(|finding| finding.kind == Kind::Slope).unwrap();
    expect![[r#"
        from 1000.00 in scope, the fund pays 120% of each further yuan, others -20%: pool.band 70% ≤20000.00 90% [T-1], second.band 50% [T-2]; *"#]]
    .assert_eq(&finding.text.en);
}

#[test]
fn a_group_whose_last_fen_moves_between_layers_may_break_the_slopes() {
    // The second layer has paid the deductible; as the pool pays, the group takes it back, and a
    // third layer pays all that is cut off: twice as fast as the pool.
    let text = format!(
        "{}
        {}
        [[layer]]
        id = \"third\"
        name = {{ zh = \"第三层\", en = \"third\" }}
        takes = [\"second.over\"]
        fund = \"330200\"
        clause = \"T-1\"
        [[layer.band]]
        pays = [\"100%\"]
        clause = \"T-1\"
        [[group]]
        id = \"both\"
        layers = [\"pool\", \"second\"]
        clause = \"T-1\"
        [[group.cap]]
        per = \"bill\"
        amount = \"600.00\"
        clause = \"T-1\"",
        plain("").replace("50000.00", "400.00"),
        second("pool.deductible")
    );
    let proof = kinds(&text, &[Kind::Slope]);
    let text = &proof.findings[0].text.en;
    assert!(text.contains("140% of each further yuan, others -40%"), "{text}");
    expect!["second: pays less as earlier layers use up what group.both has left"]
        .assert_eq(&proof.notes[0].en);
}

#[test]
fn a_cap_before_a_band_of_rate_zero_does_not_add_up_over_the_year() {
    // In one bill all above the cap is over; in two, what enters the band at 0 % is the person's.
    let text = plain(&second("pool.over"))
        .replace("[\"20000.00\"]", "[\"20000.00\", \"60000.00\"]")
        .replace("[\"70%\", \"90%\"]", "[\"70%\", \"0%\", \"90%\"]")
        .replace("50000.00", "10000.00");
    let proof = kinds(&text, &[Kind::Year]);
    assert!(proof.findings[0].text.en.contains("in the year"));
}

#[test]
fn shares_held_at_zero_are_noted() {
    let adjust = "[[layer.adjust]]
        seq = 1
        self = \"-20pp\"
        clause = \"T-2\"";
    let proof = kinds(&plain(adjust), &[]);
    expect!["pool.band 70% ≤20000.00 90% [T-1]: an adjusted share is held within 0–100%"]
        .assert_eq(&proof.notes[0].en);
}

/// A capped pool under one adjustment, with a second layer behind its cap.
fn adjusted(step: &str, pays: &str) -> String {
    let adjust = format!(
        "[[layer.adjust]]
        seq = 1
        when = {{ care = \"outpatient\" }}
        self = \"{step}\"
        clause = \"T-2\""
    );
    plain(&format!("{adjust}\n{}", second("pool.over")))
        .replace("pays = [\"70%\", \"90%\"]", &format!("pays = [{pays}]"))
}

#[test]
fn rates_of_zero_under_a_cap_are_proved() {
    // A share set to all of it, and points held at it: nothing is paid, nothing is over.
    for step in ["=100%", "+95pp"] {
        for per in ["year", "bill"] {
            let text = adjusted(step, "\"70%\", \"90%\"")
                .replace("per = \"year\"", &format!("per = \"{per}\""));
            kinds(&text, &[]);
        }
    }
    // A row that says so, and a last band of it, also where the cap is met before.
    for pays in ["\"0%\", \"0%\"", "\"70%\", \"0%\"", "\"0%\", \"90%\""] {
        for cap in ["10000.00", "13300.00"] {
            let text = plain("").replace("\"70%\", \"90%\"", pays).replace("50000.00", cap);
            kinds(&text.replace("per = \"year\"", "per = \"bill\""), &[]);
            kinds(&text, &[]);
        }
    }
}

#[test]
fn amounts_near_the_bound_of_the_language_are_proved_within_it() {
    let text = plain("").replace("\"20000.00\"", "\"9999999999.99\"");
    kinds(&text, &[]);
    let text = plain("").replace("50000.00", "8999999999.99");
    kinds(&text, &[Kind::Cap]);
    let text = plain("").replace("50000.00", "8000000000.00");
    let proof = kinds(&text, &[]);
    expect!["reached at in-scope cost 8,888,894,111.12 yuan"].assert_eq(&proof.caps[0].reached.en);
}

#[test]
fn a_layer_that_nothing_enters_is_said() {
    let text = adjusted("=100%", "\"70%\", \"90%\"");
    let capped = format!(
        "{text}
        [[layer.cap]]
        per = \"year\"
        amount = \"1000.00\"
        clause = \"T-2\""
    );
    let proof = kinds(&capped, &[]);
    expect!["reached at in-scope cost 62,777.78 yuan; nothing enters in 1 combinations"]
        .assert_eq(&proof.caps[1].reached.en);
    expect!["触及封顶线的政策范围内费用 62,777.78 元；1 种组合没有费用进入该层"]
        .assert_eq(&proof.caps[1].reached.zh);
    let proof = kinds(&capped.replace("70%\", \"90%", "0%\", \"0%"), &[Kind::Cap]);
    expect!["second.cap 1000.00/year [T-2]: can never be reached; nothing ever enters"]
        .assert_eq(&proof.findings[0].text.en);
}

#[test]
fn combinations_that_no_layer_takes_are_noted() {
    let dims = |when: &str| {
        format!(
            "[dim.category]
            values = [\"local\", \"referred\", \"emergency\"]
            [dim.status]
            values = [\"normal\", \"suspended\"]
            [[standing]]
            fund = \"normal\"
            account = \"yes\"
            clause = \"T-1\"
            [[standing]]
            when = {{ status = \"suspended\" }}
            priority = 1
            fund = \"none\"
            account = \"yes\"
            clause = \"T-1\"
            {}",
            plain("").replace("fund = \"310100\"", &format!("fund = \"310100\"\n{when}"))
        )
    };
    let noted = |when: &str| {
        let proof = kinds(&dims(when), &[]);
        let notes = proof.notes.iter().map(|note| [note.en.clone(), note.zh.clone()]);
        notes.flatten().collect::<Vec<String>>().join("\n")
    };
    assert_eq!(noted(""), "");
    expect![[r#"
        no layer takes in_scope: care=outpatient with status=normal
        没有任何层承担政策范围内金额：care=outpatient 且 status=normal"#]]
    .assert_eq(&noted("when = { care = \"inpatient\" }"));
    let some = "when = { care = \"inpatient\", category = [\"local\", \"referred\"] }";
    let text = noted(some);
    let english = text.lines().next().unwrap();
    for said in ["care=outpatient with status=normal", "category=emergency with status=normal"] {
        assert!(english.contains(said), "{text}");
    }
    assert_eq!(english.matches(';').count(), 1, "{text}");
}

#[test]
fn a_standard_taken_of_a_fact_is_proved_for_any_fact() {
    let text = format!(
        "[fact]
        income = {{ name = {{ zh = \"收入\", en = \"income\" }}, clause = \"T-1\" }}
        {POOL}
        [[layer.deductible]]
        amount = {{ of = \"fact.income\", rate = \"33.3333%\" }}
        clause = \"T-1\"
        [[layer.band]]
        pays = [\"80%\"]
        clause = \"T-1\""
    );
    let proof = kinds(&text, &[]);
    assert!(proof.bills > 30);
}

#[test]
fn layers_and_rows_change_with_the_days() {
    let text = plain("").replace("takes =", "from = 2025-01-01\n        takes =").replace(
        "amount = \"1000.00\"",
        "amount = \"1000.00\"
        to = 2025-06-30
        clause = \"T-1\"
        [[layer.deductible]]
        from = 2025-07-01
        amount = \"900.00\"",
    );
    let proof = kinds(&text, &[]);
    assert_eq!((proof.intervals, proof.classes), (3, 3));
    expect!["reached at in-scope cost 60,700.00 / 60,777.78 yuan"]
        .assert_eq(&proof.caps[0].reached.en);
}

#[test]
fn shipped_packs_are_proved() {
    for pack in shipped() {
        let proof = prove(&pack);
        assert!(proof.holds(), "{}", proof.render(Lang::En));
        assert!(proof.bills > 0 && proof.pieces > 0);
    }
}

/// Different combinations of a pack, each with what it means.
fn leaves(pack: &Pack) -> Vec<(Leaf, class::Class)> {
    let mut leaves = Vec::new();
    Space::new(pack).families(&mut |family| {
        for leaf in family.leaves {
            let built = class::build(pack, &leaf).unwrap();
            leaves.push((leaf, built.class));
        }
    });
    leaves
}

/// Numbers without a pattern.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from(self.0 >> 1).unwrap() % end.max(1)
    }
}

#[test]
fn the_exact_functions_agree_with_the_kernel_at_any_amount() {
    let mut dice = Dice(20_240_229);
    for pack in shipped() {
        let mut kernel = Kernel::new(&pack);
        for (leaf, class) in leaves(&pack).iter().step_by(7) {
            let mut history = History::none(&pack);
            history.fact = history::facts(class)[0];
            for rows in &class.layers {
                let scopes = [rows.standard_per, rows.basis, rows.cap_per];
                for (slot, per) in history.layers[rows.layer].iter_mut().zip(scopes) {
                    let value = dice.below(30_000_000);
                    *slot = if class.counts(per) { Ratio::whole(value) } else { Ratio::ZERO };
                }
            }
            let amounts: Vec<i64> = (0..40).map(|n| dice.below(1_000 << (n / 2))).collect();
            let bills = [(history.clone(), Bill::of(class, &history))];
            let at = (class, &leaf.at, Space::new(&pack).spells[leaf.at.spell].0);
            let inside =
                |x: &i64| *x >= leaf.at.in_scope.0 && leaf.at.in_scope.1.is_none_or(|end| *x < end);
            let amounts: Vec<i64> = amounts.into_iter().filter(inside).collect();
            kernel.compare(at, history.fact, &bills, |_, _| amounts.clone()).unwrap();
        }
        assert!(kernel.bills > 0);
    }
}

#[test]
fn a_kernel_that_differs_is_caught() {
    let pack = pack(&plain(""));
    let leaves = leaves(&pack);
    let (leaf, right) = &leaves[0];
    let mut wrong = right.clone();
    // The text says 20,000.00; fifteen fen at rates 20 points apart are three fen, two are allowed.
    wrong.layers[0].bands[0].0 = Some(2_000_015);
    let bills = [(History::none(&pack), Bill::of(&wrong, &History::none(&pack)))];
    let at = (&wrong, &leaf.at, pack.from);
    let parted = Kernel::new(&pack).compare(at, 0, &bills, super::kernel::around);
    assert!(matches!(parted, Err(super::Parting::Amount { .. })), "{parted:?}");
}
