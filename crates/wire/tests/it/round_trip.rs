//! Reading is the inverse of writing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use tongchou_wire::amount::{Date, FEN_MAX, Measure, Yuan};
use tongchou_wire::read::{self, Message};
use tongchou_wire::request::{
    Account, Bill, Cancel, Count, Encounter, EncounterFacts, Line, LineFacts, Member, MemberFacts,
    Request, Stay, Totals,
};
use tongchou_wire::response::{
    Amounts, FundStanding, LayerResult, LineResult, PackStamp, Posting, Settlement,
};
use tongchou_wire::state::{Last, State};

proptest! {
    #[test]
    fn request(request in a_request()) {
        let text = serde_json::to_string(&request).unwrap();
        prop_assert_eq!(read::message(&text), Ok(Message::Settle(Box::new(request))), "{}", text);
    }

    #[test]
    fn cancel(cancel in a_cancel()) {
        let text = serde_json::to_string_pretty(&cancel).unwrap();
        prop_assert_eq!(read::message(&text), Ok(Message::Cancel(Box::new(cancel))), "{}", text);
    }
}

fn a_request() -> impl Strategy<Value = Request> {
    let bill = prop_oneof![a_lines().prop_map(Bill::Lines), a_totals().prop_map(Bill::Totals)];
    let pack = prop_oneof![Just(PACK.to_owned()), day().prop_map(|day| format!("{PACK}@{day}"))];
    (
        (pack, params(), counters(), of(a_state()), a_member(), an_encounter()),
        (bill, of(yuan()), of(yuan()), any::<bool>()),
    )
        .prop_map(|((pack, params, year_to_date, state, member, encounter), rest)| {
            let (bill, stated_total, hospital_share, explain) = rest;
            Request {
                facts: BTreeMap::new(),
                contract: 1,
                pack,
                params,
                year_to_date,
                state,
                member,
                encounter,
                bill,
                stated_total,
                hospital_share,
                explain,
            }
        })
}

const PACK: &str = "110000-employee";

fn a_member() -> impl Strategy<Value = Member> {
    let account =
        (yuan(), of(yuan())).prop_map(|(balance, mutual_aid)| Account { balance, mutual_aid });
    let facts = vec(of(dim()), MemberFacts::DIMS.len()).prop_map(|values| {
        let mut facts = MemberFacts::default();
        for ((dim, _), value) in MemberFacts::DIMS.iter().zip(values) {
            *facts.slot(dim).unwrap() = value;
        }
        facts
    });
    (of(id()), of(day()), of(0..=150_u8), facts, of(account))
        .prop_map(|(id, born, age, facts, account)| Member { id, born, age, facts, account })
}

fn an_encounter() -> impl Strategy<Value = Encounter> {
    let facts = vec(of(dim()), EncounterFacts::DIMS.len()).prop_map(|values| {
        let mut facts = EncounterFacts::default();
        for ((dim, _), value) in EncounterFacts::DIMS.iter().zip(values) {
            *facts.slot(dim).unwrap() = value;
        }
        facts
    });
    let stay = (stay_id(), any::<bool>()).prop_map(|(id, closes)| Stay { id, closes, joins: None });
    (id(), facts, day(), of(day()), of(any::<bool>()), of(stay)).prop_map(
        |(id, facts, admitted, discharged, use_account, stay)| Encounter {
            time: None,
            institution: None,
            id,
            facts,
            admitted,
            discharged,
            use_account,
            stay,
        },
    )
}

fn a_lines() -> impl Strategy<Value = Vec<Line>> {
    vec(a_line(), 0..5).prop_map(|mut lines| {
        for (i, line) in lines.iter_mut().enumerate() {
            line.id = line.id.chars().take(60).chain(i.to_string().chars()).collect();
        }
        lines
    })
}

fn a_line() -> impl Strategy<Value = Line> {
    let facts = vec(of(dim()), LineFacts::DIMS.len()).prop_map(|values| {
        let mut facts = LineFacts::default();
        for ((dim, _), value) in LineFacts::DIMS.iter().zip(values) {
            *facts.slot(dim).unwrap() = value;
        }
        facts
    });
    (
        (id(), facts, measure(6), measure(4)),
        (yuan(), of(measure(6)), of(0..=1_000_000_u32), of(day())),
    )
        .prop_map(|((id, facts, price, quantity), (amount, limit, prepay, date))| Line {
            id,
            facts,
            price,
            quantity,
            amount,
            limit,
            prepay,
            date,
        })
}

fn a_totals() -> impl Strategy<Value = Totals> {
    (yuan(), of(yuan()), of(yuan()), of(yuan())).prop_map(
        |(in_scope, full_self, over_limit, prepay)| Totals {
            in_scope,
            full_self,
            over_limit,
            prepay,
        },
    )
}

fn a_state() -> impl Strategy<Value = State> {
    (of(id()), 1899..=2999_i16, 0..=1_000_000_000_u32, of(a_last()), counters(), hash()).prop_map(
        |(member, year, seq, last, counters, hash)| State {
            contract: 1,
            member,
            pack: PACK.to_owned(),
            year,
            seq,
            last,
            counters,
            hash,
        },
    )
}

fn a_last() -> impl Strategy<Value = Last> {
    (id(), hash()).prop_map(|(id, hash)| Last { id, hash })
}

fn a_cancel() -> impl Strategy<Value = Cancel> {
    (a_settlement(), of(a_state())).prop_map(|(cancel, state)| Cancel {
        contract: 1,
        cancel,
        state,
    })
}

fn a_settlement() -> impl Strategy<Value = Settlement> {
    let stamp =
        (day(), hash()).prop_map(|(date, hash)| PackStamp { id: PACK.to_owned(), date, hash });
    let standing = prop_oneof![Just(FundStanding::Normal), Just(FundStanding::None)];
    (
        (id(), of(id()), stamp, params(), 1899..=2999_i16, standing, of(0..=1_000_000_u32)),
        (amounts(), vec(a_layer(), 0..4), vec(a_line_result(), 0..4), vec(a_posting(), 0..6)),
        (yuan(), 0..=1_000_000_000_u32, of(a_last()), hash(), of(a_state())),
    )
        .prop_map(|(head, body, tail)| {
            let (id, member, pack, params, year, fund_standing, admission) = head;
            let (amounts, layers, lines, postings) = body;
            let (balance, seq, previous, hash, state) = tail;
            Settlement {
                claim: None,
                contract: 1,
                status: "settled".to_owned(),
                id,
                member,
                pack,
                params,
                year,
                fund_standing,
                admission,
                amounts,
                layers,
                lines,
                postings,
                balance,
                seq,
                previous,
                hash,
                state,
                trace: None,
            }
        })
}

fn amounts() -> impl Strategy<Value = Amounts> {
    prop::array::uniform14(yuan()).prop_map(
        |[
            total,
            full_self,
            over_limit,
            prepay,
            in_scope,
            fixed,
            fixed_self,
            deductible,
            fund,
            hospital,
            account,
            mutual_aid,
            cash,
            person,
        ]| Amounts {
            total,
            full_self,
            over_limit,
            prepay,
            in_scope,
            fixed,
            fixed_self,
            deductible,
            fund,
            hospital,
            account,
            mutual_aid,
            cash,
            person,
        },
    )
}

fn a_layer() -> impl Strategy<Value = LayerResult> {
    (id(), "[0-9]{6}", prop::array::uniform5(yuan()), any::<bool>()).prop_map(
        |(id, fund_code, [entered, deductible, paid, self_share, over], capped)| LayerResult {
            id,
            fund_code,
            entered,
            deductible,
            paid,
            self_share,
            over,
            capped,
        },
    )
}

fn a_line_result() -> impl Strategy<Value = LineResult> {
    (id(), prop::array::uniform6(yuan())).prop_map(
        |(id, [full_self, over_limit, prepay, in_scope, fixed, fixed_self])| LineResult {
            id,
            full_self,
            over_limit,
            prepay,
            in_scope,
            fixed,
            fixed_self,
        },
    )
}

fn a_posting() -> impl Strategy<Value = Posting> {
    (counter(), any::<bool>()).prop_map(|((counter, count), back)| {
        let delta = match count {
            Count::Money(yuan) if back => Count::Money(Yuan(-yuan.0)),
            Count::Number(n) if back => Count::Number(-n),
            count => count,
        };
        Posting { counter, delta }
    })
}

fn counters() -> impl Strategy<Value = BTreeMap<String, Count>> {
    vec(counter(), 0..6).prop_map(|pairs| pairs.into_iter().collect())
}

/// A counter with a value of its kind.
fn counter() -> impl Strategy<Value = (String, Count)> {
    let number = (0..=1_000_000_i64).prop_map(Count::Number);
    let counted = prop_oneof![
        Just("admissions".to_owned()),
        "stay:[a-z]{1,9}\\.(ordinal|bills|opened|out|period)"
    ];
    let summed = "[a-z]{1,9}\\.(paid|position|deductible_used)";
    prop_oneof![(counted, number), (summed, yuan().prop_map(Count::Money))]
}

fn params() -> impl Strategy<Value = BTreeMap<String, String>> {
    btree_map("[a-z_]{1,12}", any::<String>(), 0..4)
}

fn yuan() -> impl Strategy<Value = Yuan> {
    prop_oneof![Just(0), Just(FEN_MAX), 0..=FEN_MAX, 0..=100_000_i64].prop_map(Yuan)
}

fn measure(scale: u32) -> impl Strategy<Value = Measure> {
    let text = move |(whole, part): (i64, i64)| {
        let digits = usize::try_from(scale).unwrap();
        Measure::read(&format!("{whole}.{part:0digits$}"), scale).unwrap()
    };
    (0..10_i64.pow(10), 0..10_i64.pow(scale)).prop_map(text)
}

fn day() -> impl Strategy<Value = Date> {
    let day =
        |(year, month, day): (i16, i8, i8)| Date::read(&Date { year, month, day }.to_string());
    (1900..=2999_i16, 1..=12_i8, 1..=31_i8).prop_filter_map("a day of the calendar", day)
}

fn id() -> impl Strategy<Value = String> {
    "[^\\p{Cc}]{1,64}"
}

fn stay_id() -> impl Strategy<Value = String> {
    "[^\\p{Cc}.:]{1,64}"
}

fn dim() -> impl Strategy<Value = String> {
    "[A-Za-z0-9_]{1,40}"
}

fn hash() -> impl Strategy<Value = String> {
    "[0-9a-f]{64}"
}
