//! B13: within a period of effect the day does not matter; across its end a bill is exactly what
//! the rows of the other day make of it.

use proptest::prelude::*;
use tongchou_wire::amount::{Date, Yuan};
use tongchou_wire::request::{Bill, Request, Totals};

use super::bills;
use super::desk;
use crate::packs::BEIJING;

proptest! {
    #![proptest_config(super::config(500))]

    /// Within a year: no row of the packs begins or ends on another day than a first or last one.
    #[test]
    fn b13_any_day_of_a_period(visit in bills::visit(), days in prop::array::uniform2(0..365_i32)) {
        let mut request = undated(desk::request(&visit));
        let year = request.encounter.discharged.unwrap_or(request.encounter.admitted).year;
        let [first, second] = days.map(|day| {
            put(&mut request, bills::day_of(year, day));
            desk::outcome(&desk::settle(&request))
        });
        prop_assert_eq!(first, second);
    }

    #[test]
    fn b13_across_the_end_of_a_period(visit in outpatient()) {
        let mut request = undated(visit);
        for (rows, other) in [(LAST, FIRST), (FIRST, LAST)] {
            put(&mut request, rows);
            request.pack = BEIJING.to_owned();
            let own = desk::settle(&request);
            prop_assert_eq!(own.pack.date, rows);
            put(&mut request, other);
            request.pack = format!("{BEIJING}@{rows}");
            let under = desk::settle(&request);
            prop_assert_eq!(desk::outcome(&own), desk::outcome(&under));
            // The rows are chosen, the year is the bill's own.
            prop_assert_eq!((own.pack, under.year), (under.pack, other.year));
        }
    }
}

/// The last day of the rows of 2022 and the first of those of 2023.
const LAST: Date = Date { year: 2022, month: 12, day: 31 };
const FIRST: Date = Date { year: 2023, month: 1, day: 1 };

/// The law would hold of nothing if the two days were alike.
#[test]
fn the_rows_change_with_the_year_2023() {
    let request = outpatient_bill();
    let fund = |day: Date| {
        let mut request = request.clone();
        put(&mut request, day);
        desk::settle(&request).amounts.fund
    };
    // 2022: 70 % up to the cap. 2023: 18,200 × 70 % + 20,000 × 60 %.
    assert_eq!(fund(LAST), Yuan(2_000_000));
    assert_eq!(fund(FIRST), Yuan(1_274_000 + 1_200_000));
}

fn outpatient_bill() -> Request {
    let text = r#"{"contract": 1, "pack": "110000-employee",
      "member": {"id": "m", "person": "active", "age": 40},
      "encounter": {"id": "e", "care": "outpatient", "level": "tier3", "admitted": "2023-01-01"},
      "totals": {"in_scope": "40000.00"}}"#;
    match tongchou_wire::read::message(text) {
        Ok(tongchou_wire::read::Message::Settle(request)) => *request,
        other => panic!("{other:?}"),
    }
}

/// Without what depends on the day by itself: dates of lines, and a birthday.
fn undated(mut request: Request) -> Request {
    if request.member.born.take().is_some() {
        request.member.age = Some(70);
    }
    if let Bill::Lines(lines) = &mut request.bill {
        lines.iter_mut().for_each(|line| line.date = None);
    }
    request
}

/// Moves a bill to a day.
fn put(request: &mut Request, day: Date) {
    request.encounter.admitted = day;
    request.encounter.discharged = request.encounter.discharged.map(|_| day);
}

/// A visit to a clinic in Beijing, often a large one.
fn outpatient() -> impl Strategy<Value = Request> {
    let visit = bills::visit().prop_filter("Beijing", |visit| visit.request.pack == BEIJING);
    (visit, prop::option::of(bills::fen())).prop_map(|(visit, in_scope)| {
        let mut request = visit.request;
        request.encounter.facts.care = Some("outpatient".to_owned());
        request.encounter.discharged = None;
        request.encounter.stay = None;
        if let Some(fen) = in_scope {
            request.bill = Bill::Totals(Totals { in_scope: Yuan(fen), ..Totals::default() });
        }
        request
    })
}
