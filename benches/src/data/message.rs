//! A stay as a request of the public contract, as a hospital would send it.

use super::Visits;

/// One stay of [`super::inpatient_visits`] under the pack `110000-employee`, explained or not.
#[must_use]
pub fn message(visits: &Visits, row: usize, explain: bool) -> String {
    let lines = (1..).zip(visits.fees[row].iter().zip(&visits.class[row]));
    let lines = lines.map(|(id, (fee, class))| {
        let class = ["A", "B", "C"][usize::from(*class)];
        let amount = yuan(*fee);
        format!(
            r#"{{"id":"{id}","class":"{class}","price":"{amount}","quantity":"1",
            "amount":"{amount}"}}"#
        )
    });
    let lines = lines.collect::<Vec<_>>().join(",");
    let person = if visits.key[row] & 4 == 0 { "active" } else { "retired" };
    let level = ["tier1", "tier2", "tier3", "community"][usize::from(visits.key[row] & 3)];
    let balance = yuan(visits.balance[row]);
    format!(
        r#"{{"contract":1,"pack":"110000-employee","member":{{"person":"{person}","age":50,
        "account":{{"balance":"{balance}"}}}},"encounter":{{"id":"{row}","care":"inpatient",
        "level":"{level}","admitted":"2024-05-02","discharged":"2024-05-12"}},
        "lines":[{lines}],"explain":{explain}}}"#
    )
}

fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}
