//! Facts, upfront shares, eligible caps, amounts as dimensions, groups, claims: each figure worked
//! by hand beside it.

use tongchou_wire::amount::Yuan;
use tongchou_wire::response::{Claim, Later};

use crate::pack::Pack;
use crate::reach::unreached;
use crate::refusal::Refusal;
use crate::settle::{Verdict, settle};

use super::{bill, next, pack, refused};

const HEAD: &str = "
    [pack]
    id = '000000-made'
    confidence = 'assumed'
    from = 2020-01-01
    to = 2029-12-31
    dated_by = 'discharge'
    year_start = '01-01'
    [fact.income]
    [dim]
    care = { values = ['outpatient', 'inpatient'], default = 'outpatient' }
    status = { values = ['normal', 'arrears', 'suspended'], default = 'normal' }
    poverty = { values = ['none', 'dibao'], default = 'none' }
    supplement = ['yes', 'no']
    [stay]
    care = ['inpatient']
    [[prepay]]
    share = '0%'\n";

/// A pack of the head and these lines.
fn made(rest: &str) -> Pack {
    pack(&format!("{HEAD}{rest}"))
}

/// A pack of one layer `pool` on what is in scope.
fn pool(tables: &str) -> Pack {
    made(&format!("[[layer]]\nid = 'pool'\nfund = '390100'\ntakes = ['in_scope']\n{tables}"))
}

fn of(in_scope: &str, rest: &str) -> String {
    format!(
        "{rest}\nencounter.id = '1'\nencounter.admitted = '2024-03-01'
        totals.in_scope = '{in_scope}'"
    )
}

/// Every layer as `entered deductible paid self over`, with a `!` where it was capped.
fn layers(verdict: &Verdict) -> String {
    let one = |it: &tongchou_wire::response::LayerResult| {
        let mark = if it.capped { "!" } else { "" };
        format!("{} {} {} {} {}{mark}", it.entered, it.deductible, it.paid, it.self_share, it.over)
    };
    verdict.layers.iter().map(one).collect::<Vec<_>>().join(" | ")
}

#[track_caller]
fn check(pack: &Pack, said: &str, expect: &str) -> Verdict {
    let verdict = settle(pack, &bill(pack, said)).expect("the bill settles");
    assert_eq!(layers(&verdict), expect);
    verdict
}

#[test]
fn upfront_share_comes_before_the_deductible() {
    let tables = "
        rounding = 'down'
        basis = 'year'
        upfront = [{ share = '12.3456%', when = { poverty = 'dibao' } }]
        deductible = [{ amount = '100' }]
        band = [{ pays = ['50%'] }]";
    let it = pool(tables);
    // A gap means no share.
    check(&it, &of("300.01", ""), "300.01 100.00 100.00 100.01 0.00");
    // 300.01 × 12.3456 % = 37.038…, down 37.03; 162.98 × 50 % = 81.49; self 37.03 + 81.49.
    let dibao = "member.poverty = 'dibao'";
    let verdict = check(&it, &of("300.01", dibao), "300.01 100.00 81.49 118.52 0.00");
    assert_eq!(verdict.counters.get("pool.position"), Some(&26_298));
    let above = pool(&format!("origin = 'above'\n{tables}"));
    let verdict = check(&above, &of("300.01", dibao), "300.01 100.00 81.49 118.52 0.00");
    assert_eq!(verdict.counters.get("pool.position"), Some(&16_298));
}

#[test]
fn eligible_cap_ends_the_axis() {
    let tables = "
        basis = 'year'
        deductible = [{ amount = '100' }]
        band = [{ upto = ['500'], pays = ['50%', '80%'] }]
        cap = [{ per = 'year', amount = '600', on = 'eligible' }, { per = 'year', amount = '250' }]";
    let it = pool(tables);
    // 400 at 50 % leave 50 of the cap, which take 62.50 of the 100 at 80 %.
    check(&it, &of("600", ""), "600.00 100.00 250.00 212.50 37.50!");
    // From 100: 400 at 50 % and 50 at 80 % stay below both caps.
    check(&it, &of("550", ""), "550.00 100.00 240.00 210.00 0.00");
    // The axis ends at 600; without the cap on payments 400 × 50 % + 100 × 80 % = 280.
    let wide = pool(&tables.replace("'250'", "'none'"));
    check(&wide, &of("600.01", ""), "600.01 100.00 280.00 220.00 0.01!");
    check(&wide, &of("600", ""), "600.00 100.00 280.00 220.00 0.00");
    let beyond = "year_to_date = { 'pool.position' = '600' }";
    let verdict = check(&wide, &of("110", beyond), "110.00 100.00 0.00 0.00 10.00!");
    assert_eq!(verdict.counters.get("pool.position"), Some(&71_000));
    let names = wide.row_names();
    assert!(names.contains(&"layer.pool.cap[0]"), "{names:?}");
    assert!(verdict.decisive.contains("layer.pool.cap[0]"));
}

#[test]
fn deductible_of_a_fact() {
    let it = pool(
        "deductible_per = 'year'
        rounding = 'down'
        deductible = [
            { when = { poverty = 'none' }, amount = { of = 'fact.income', rate = '50%' } },
            { when = { poverty = 'dibao' }, amount = '0' },
        ]
        band = [{ pays = ['100%'] }]",
    );
    // 0.05 × 50 % = 0.025 rounds half up whatever the layer declares.
    check(&it, &of("1", "facts.income = '0.05'"), "1.00 0.03 0.97 0.00 0.00");
    check(&it, &of("1", "facts.income = '0'"), "1.00 0.00 1.00 0.00 0.00");
    let used = "facts.income = '2000'\nyear_to_date.'pool.deductible_used' = '999.99'";
    check(&it, &of("1", used), "1.00 0.01 0.99 0.00 0.00");
    refused(&it, &of("1", ""), Refusal::FactMissing("income".to_owned()));
    refused(&it, &of("0", ""), Refusal::FactMissing("income".to_owned()));
    check(&it, &of("1", "member.poverty = 'dibao'"), "1.00 0.00 1.00 0.00 0.00");
    refused(&it, &of("1", "facts.x = '1'"), Refusal::FactUnknown("x".to_owned()));
}

#[test]
fn standards_that_come_to_the_same() {
    let it = pool(
        "deductible = [
            { when = { supplement = 'no' }, amount = { of = 'fact.income', rate = '1%' } },
            { when = { supplement = 'yes' }, amount = '3' },
        ]
        band = [{ pays = ['100%'] }]",
    );
    check(&it, &of("10", "facts.income = '300.49'"), "10.00 3.00 7.00 0.00 0.00");
    let why = Refusal::Missing("supplement".to_owned());
    refused(&it, &of("10", "facts.income = '301'"), why);
}

#[test]
fn sum_of_the_bands_is_rounded() {
    let tables = "
        round = 'bill'
        band = [{ upto = ['0.01', '0.02'], pays = ['50%', '50%', '50%'] }]";
    // 0.005 → 0.01, 0.010 → 0.01 less 0.01, 0.015 → 0.02 less 0.01.
    check(&pool(tables), &of("0.03", ""), "0.03 0.00 0.02 0.01 0.00");
    let each = tables.replace("'bill'", "'band'");
    check(&pool(&each), &of("0.03", ""), "0.03 0.00 0.03 0.00 0.00");
    let person = format!("round_side = 'person'\n{tables}");
    // The person's 0.015 rounds to 0.02.
    check(&pool(&person), &of("0.03", ""), "0.03 0.00 0.01 0.02 0.00");
    let down = format!("rounding = 'down'\n{tables}");
    check(&pool(&down), &of("0.03", ""), "0.03 0.00 0.01 0.02 0.00");
}

#[test]
fn clamp_each_step_or_at_the_end() {
    let tables = "
        clamp = 'param.clamp'
        band = [{ pays = ['80%'] }]
        adjust = [{ seq = 1, self = '-30pp' }, { seq = 2, self = '+25pp' }]";
    let it = made(&format!(
        "[param.clamp]\nvalues = ['each', 'end']\ndefault = 'each'
        [[layer]]\nid = 'pool'\nfund = '390100'\ntakes = ['in_scope']\n{tables}"
    ));
    // 20 − 30 is held at 0, then 25; or −10 + 25 = 15.
    check(&it, &of("100", ""), "100.00 0.00 75.00 25.00 0.00");
    check(&it, &of("100", "params.clamp = 'end'"), "100.00 0.00 85.00 15.00 0.00");
}

/// Two layers of a group, the second on what is over the first.
fn grouped(own: &str, group: &str) -> Pack {
    made(&format!(
        "[[layer]]\nid = 'pool'\nfund = '390100'\ntakes = ['in_scope']
        band = [{{ pays = ['50%'] }}]\ncap = [{{ per = 'year', amount = '{own}' }}]
        [[layer]]\nid = 'large'\nfund = '390200'\ntakes = ['pool.over']
        band = [{{ pays = ['80%'] }}]
        [[group]]\nid = 'both'\nlayers = ['pool', 'large']
        cap = [{{ {group} }}]"
    ))
}

#[test]
fn group_has_one_cap() {
    let year = grouped("60", "per = 'year', amount = '100'");
    // 60 of the own cap take 120; of the other 80 × 80 % = 64 there is room for 40, that is 50.
    let own = "200.00 0.00 60.00 60.00 80.00! | 80.00 0.00 40.00 10.00 30.00!";
    let verdict = check(&year, &of("200", ""), own);
    assert_eq!(verdict.counters.get("both.paid"), Some(&10_000));
    let last: Vec<_> = verdict.postings.iter().map(|it| it.counter.as_str()).collect();
    assert_eq!(last, ["pool.paid", "both.paid"]);
    let rows = ["layer.pool.cap[0]", "group.both.cap[0]"];
    assert!(rows.iter().all(|row| verdict.decisive.contains(*row)));
    // The group leaves 10, which take 20; then nothing is left.
    let used = "year_to_date = { 'both.paid' = '90', 'pool.paid' = '40' }";
    let nearly = "200.00 0.00 10.00 10.00 180.00! | 180.00 0.00 0.00 0.00 180.00!";
    let verdict = check(&year, &of("200", used), nearly);
    assert!(!verdict.decisive.contains("layer.pool.cap[0]"));
    let less = "year_to_date = { 'both.paid' = '39.99', 'pool.paid' = '40' }";
    refused(&year, &of("1", less), Refusal::GroupCounter("both".to_owned()));
    let bill = grouped("60", "per = 'bill', amount = '100'");
    let verdict = check(&bill, &of("200", ""), own);
    assert_eq!(verdict.counters.get("both.paid"), None);
    refused(
        &bill,
        &of("1", "year_to_date.'both.paid' = '1'"),
        Refusal::Counter("both.paid".into()),
    );
}

#[test]
fn amounts_and_days_are_cut() {
    let it = made(
        "[dim.size]\nof = 'in_scope'\ncuts = [['20000.00', 'up']]\nnames = ['lt', 'ge']
        [dim.bulk]\nof = 'total'\ncuts = [['30000.00', 'down']]\nnames = ['le', 'gt']
        [dim.length]\nof = 'days'\ncuts = [[0, 'down']]\nnames = ['day', 'more']
        [[layer]]\nid = 'pool'\nfund = '390100'\ntakes = ['in_scope']
        band = [
            { when = { size = 'lt' }, pays = ['50%'] },
            { when = { size = 'ge' }, pays = ['60%'] },
        ]
        adjust = [
            { seq = 1, when = { bulk = 'gt' }, self = '+10pp' },
            { seq = 2, when = { length = 'more' }, self = '=0%' },
        ]",
    );
    check(&it, &of("19999.99", ""), "19999.99 0.00 10000.00 9999.99 0.00");
    check(&it, &of("20000", ""), "20000.00 0.00 12000.00 8000.00 0.00");
    let full = |own: &str| format!("{}\ntotals.full_self = '{own}'", of("20000", ""));
    check(&it, &full("10000"), "20000.00 0.00 12000.00 8000.00 0.00");
    check(&it, &full("10000.01"), "20000.00 0.00 10000.00 10000.00 0.00");
    let next_day = of("20000", "encounter.discharged = '2024-03-02'");
    check(&it, &next_day, "20000.00 0.00 20000.00 0.00 0.00");
}

#[test]
fn days_of_a_stay() {
    let it = made(
        "[dim.length]\nof = 'days'\ncuts = [[366, 'up']]\nnames = ['less', 'more']
        [[layer]]\nid = 'pool'\nfund = '390100'\ntakes = ['in_scope']
        band = [
            { when = { length = 'less' }, pays = ['0%'] },
            { when = { length = 'more' }, pays = ['100%'] },
        ]",
    );
    let said = |from: &str, to: &str| {
        format!(
            "encounter = {{ id = '1', admitted = '{from}', discharged = '{to}' }}
            totals.in_scope = '1'"
        )
    };
    let (less, more) = ("1.00 0.00 0.00 1.00 0.00", "1.00 0.00 1.00 0.00 0.00");
    check(&it, &said("2022-03-01", "2023-03-01"), less);
    check(&it, &said("2023-03-01", "2024-03-01"), more);
    check(&it, &said("2023-12-31", "2024-12-30"), less);
    check(&it, &said("2023-12-31", "2024-12-31"), more);
}

const STANDING: &str = "
    [[standing]]\nwhen = { status = 'normal' }\nfund = 'normal'\naccount = 'yes'
    [[standing]]\nwhen = { status = 'arrears' }\nfund = 'none'\naccount = 'yes'\nlater = 'manual'
    [[standing]]\nwhen = { status = 'suspended' }\nfund = 'none'\naccount = 'yes'\npayer = 'hospital'
    [[layer]]\nid = 'pool'\nfund = '390100'\ntakes = ['in_scope']\ndeductible_per = 'year'
    deductible = [{ amount = '100' }]\nband = [{ pays = ['50%'] }]
    cap = [{ per = 'year', amount = '1000' }]\n";

#[test]
fn blocked_bill_carries_a_claim() {
    let it = made(STANDING);
    let nothing = "0.00 0.00 0.00 0.00 0.00";
    let used = "member.status = 'arrears'\nyear_to_date.'pool.deductible_used' = '40'";
    let verdict = check(&it, &of("300", used), nothing);
    // (300 − 60) × 50 %.
    assert_eq!(verdict.claim, Some(Claim { later: Later::Manual, fund: Yuan(12_000) }));
    assert_eq!((verdict.amounts.person, verdict.postings.len()), (Yuan(30_000), 0));
    assert_eq!(verdict.counters.get("pool.deductible_used"), Some(&4_000));
    // A share that leaves less than the claim is no fault: the fund does not pay now.
    let shared = of("300", "member.status = 'arrears'\nhospital_share = '299'");
    let verdict = check(&it, &shared, nothing);
    assert_eq!(verdict.claim.map(|claim| claim.fund), Some(Yuan(10_000)));
    assert_eq!(verdict.amounts.person, Yuan(100));
    let empty = check(&it, &of("0", "member.status = 'arrears'"), nothing);
    assert_eq!(empty.claim.map(|claim| claim.fund), Some(Yuan(0)));
    let paid = check(&it, &of("300", ""), "300.00 100.00 100.00 100.00 0.00");
    assert_eq!(paid.claim, None);
    let after = next(&it, &of("300", "member.status = 'arrears'"), &paid);
    let after = settle(&it, &after).expect("settles");
    assert_eq!(after.claim.map(|claim| claim.fund), Some(Yuan(15_000)));
}

#[test]
fn hospital_bears_a_blocked_bill() {
    let it = made(STANDING);
    let account = "member = { status = 'suspended', account = { balance = '50' } }";
    let shared = format!("{account}\nhospital_share = '1'");
    let verdict = check(&it, &of("300", &shared), "0.00 0.00 0.00 0.00 0.00");
    let it_bears = &verdict.amounts;
    assert_eq!((it_bears.hospital, it_bears.person), (Yuan(30_000), Yuan(0)));
    assert_eq!((it_bears.account, verdict.balance), (Yuan(0), Yuan(5_000)));
    assert_eq!(verdict.claim, None);
    let more = format!("{account}\nhospital_share = '300.01'");
    refused(&it, &of("300", &more), Refusal::HospitalShare);
}

#[test]
fn personal_rows() {
    let it = made(
        "[[layer]]\nid = 'pool'\nfund = '390100'\ntakes = ['in_scope']\nband = [{ pays = ['50%'] }]
        [[personal]]\naccount_pays = ['in_scope']
        [[personal]]\nwhen = { poverty = 'dibao' }\npriority = 1\naccount_pays = ['full_self']",
    );
    let said = |poverty: &str| {
        let account = format!("member = {{ poverty = '{poverty}', account.balance = '500' }}");
        format!("{}\ntotals.full_self = '7'", of("100", &account))
    };
    let verdict = check(&it, &said("none"), "100.00 0.00 50.00 50.00 0.00");
    assert_eq!(verdict.amounts.account, Yuan(5_000));
    let verdict = check(&it, &said("dibao"), "100.00 0.00 50.00 50.00 0.00");
    assert_eq!(verdict.amounts.account, Yuan(700));
    assert!(verdict.decisive.contains("personal[1]"));
}

#[test]
fn layer_is_skipped_on_other_days() {
    let it = pool("from = 2024-03-01\nto = 2024-03-02\nband = [{ pays = ['50%'] }]");
    let on = |day: &str| of("2", "").replace("2024-03-01", day);
    check(&it, &on("2024-03-01"), "2.00 0.00 1.00 1.00 0.00");
    check(&it, &on("2024-03-02"), "2.00 0.00 1.00 1.00 0.00");
    check(&it, &on("2024-02-29"), "0.00 0.00 0.00 0.00 0.00");
    check(&it, &on("2024-03-03"), "0.00 0.00 0.00 0.00 0.00");
}

#[test]
fn deductible_of_the_bill_leaves_out_layers_on_the_persons_share() {
    let layer = |id: &str, takes: &str, deductible: &str| {
        format!(
            "[[layer]]\nid = '{id}'\nfund = '390100'\ntakes = [{takes}]
            deductible = [{{ amount = '{deductible}' }}]\nband = [{{ pays = ['50%'] }}]
            cap = [{{ per = 'bill', amount = '10' }}]\n"
        )
    };
    let layers = layer("pool", "'in_scope'", "100") + &layer("large", "'pool.over'", "7");
    let it = made(&format!("{layers}{}", layer("serious", "'pool.self', 'large.self'", "3")));
    // 100 of 200: 10 of the cap take 20; of the other 80 again 7 and 20; 10 + 10 of self less 3.
    let expect = "200.00 100.00 10.00 10.00 80.00! | 80.00 7.00 10.00 10.00 53.00! | \
        20.00 3.00 8.50 8.50 0.00";
    let verdict = check(&it, &of("200", ""), expect);
    assert_eq!(verdict.amounts.deductible, Yuan(10_700));
}

#[test]
fn what_a_pack_does_not_speak_of() {
    let it = pool("band = [{ pays = ['50%'] }]");
    let paid = "1.00 0.00 0.50 0.50 0.00";
    check(&it, &of("1", "member.card = 'normal'\nencounter.category = 'local'"), paid);
    check(&it, &of("1", "encounter.emergency = 'yes'"), paid);
    let unusual = ["card = 'frozen'", "enrolled = 'waiting'"];
    for said in unusual {
        let dim = said.split(' ').next().unwrap_or_default();
        refused(&it, &of("1", &format!("member.{said}")), Refusal::Value(dim.to_owned()));
    }
    refused(&it, &of("1", "encounter.network = 'offline'"), Refusal::Value("network".to_owned()));
}

#[test]
fn rows_where_the_fund_takes_no_part() {
    let status = "when = { status = ['suspended'] }";
    let it = made(&format!("{STANDING}upfront = [{{ {status}, share = '10%' }}]"));
    let names: Vec<_> = unreached(&it).into_iter().collect();
    assert_eq!(names, ["layer.pool.upfront[0]"]);
    // What can be claimed is reached.
    let arrears = status.replace("suspended", "arrears");
    let it = made(&format!("{STANDING}upfront = [{{ {arrears}, share = '10%' }}]"));
    assert!(unreached(&it).is_empty());
}
