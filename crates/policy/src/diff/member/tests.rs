//! What a pack says about members survives reading by names, and every difference is told.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use tongchou_core::pack::Pack;

use super::super::{Diff, Side, find};
use crate::report::Lang;

const MEMBER: &str = include_str!("../../../tests/it/member.toml");

fn read(text: &str) -> Pack {
    crate::check(text, "member.toml").unwrap().pack
}

fn side(pack: &Pack) -> Side {
    Side::new("pack", pack, None).unwrap()
}

#[test]
fn names_lead_back_to_the_same_pack() {
    let pack = read(MEMBER);
    let mut back = side(&pack).pack().unwrap();
    // Given values are sorted there: their order says nothing.
    assert_eq!(back.rules.events, pack.rules.events);
    assert_eq!(back.rules.periods, pack.rules.periods);
    assert_eq!(back.rules.windows, pack.rules.windows);
    assert_eq!(back.rules.levies, pack.rules.levies);
    assert_eq!(back.rules.verdicts, pack.rules.verdicts);
    assert_eq!(back.rules.splits, pack.rules.splits);
    let again = side(&back).pack().unwrap();
    assert_eq!(again, back);
    back.stay.period.clone_from(&pack.stay.period);
    assert_eq!((back.rules.coverage.len(), back.stay.transfer), (2, pack.stay.transfer));
    assert_eq!(back.stay.readmission_days, Some(15));
    assert_eq!(Diff::new(side(&pack), side(&back)).changes.len(), 0);
}

#[test]
fn every_difference_is_told_and_taken_over() {
    let edits: &[(&str, &str, &str)] = &[
        ("later_bills = \"keep\"", "later_bills = \"refuse\"", "setting later_bills keep → refuse"),
        ("n = 3", "n = 6", "period filing"),
        ("days = 90", "days = 360", "period of a stay [person=active]"),
        ("cutoff_day = 23", "cutoff_day = 25", "setting cutoff_day 23 → 25"),
        ("rate = \"110%\"", "rate = \"120%\"", "rate of levy topup 110% → 120% (C-1)"),
        ("gives = { plan = \"wait\" }", "gives = { plan = \"go\" }", "result of verdict outage"),
        ("months = 1 }", "months = 2 }", "coverage card=frozen"),
        ("order = [\"cash\", \"account\"]", "order = [\"account\", \"cash\"]", "refund order"),
        ("by = \"days\"", "by = \"fee_date\"", "split year"),
        ("off = [2007-10-01, ", "off = [", "calendar"),
        ("to = \"12-20\"", "to = \"12-31\"", "window referral main"),
        ("readmission_days = 15", "readmission_days = 30", "stays readmission_days 15 → 30"),
        ("cuts = [[60, \"up\"]", "cuts = [[61, \"up\"]", "dimension outage"),
        ("required = 360", "required = 300", "levy topup"),
    ];
    let before = read(MEMBER);
    for (old, new, said) in edits {
        assert!(MEMBER.contains(old), "{old}");
        let after = read(&MEMBER.replacen(old, new, 1));
        let diff = Diff::new(side(&before), side(&after));
        let texts: Vec<String> = diff.changes.iter().map(|c| c.say(Lang::En)).collect();
        assert_eq!(texts.len(), 1, "{new}: {texts:?}");
        assert!(texts.iter().all(|text| text.starts_with(said)), "{new}: {texts:?}");
        let [mut all, last] = diff.sides;
        for change in &diff.changes {
            change.apply(&mut all.named, &last.named);
        }
        assert_eq!(find::changes(&all, &last).len(), 0, "{new}");
        assert_eq!(all.pack(), last.pack(), "{new}");
    }
}

#[test]
fn rows_that_change_places_are_told() {
    let row = "[[window]]\nid = \"late\"\nevent = \"referral\"\nafter = \"freeze\"\nlasts = \
               \"review\"\nclause = \"C-1\"\n\n";
    let first = "[[window]]\nid = \"main\"";
    let moved = MEMBER.replacen(row, "", 1).replacen(first, &format!("{row}{first}"), 1);
    let diff = Diff::new(side(&read(MEMBER)), side(&read(&moved)));
    let texts: Vec<String> = diff.changes.iter().map(|c| c.say(Lang::Zh)).collect();
    assert_eq!(texts, ["办理期 次序 main; late → late; main"]);
}
