//! Whole lists of facts, settled by both.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tongchou_oracle::generate::Story;
use tongchou_oracle::member::{Back, Claimed, Packs, Refused, Replayed, Settled, replay};
use tongchou_oracle::pack::Pack;
use tongchou_oracle::refusal::Refusal;
use tongchou_wire::amount::Yuan;
use tongchou_wire::engine::Engine;
use tongchou_wire::request::{Count, Fact};
use tongchou_wire::response::{self, Settlement};

use crate::run::BROKE_OFF;

/// The packs by id.
pub struct Shelf<'p>(pub &'p [(Pack, i64)]);

impl Packs for Shelf<'_> {
    fn pack(&self, id: &str) -> Option<&Pack> {
        self.0.iter().map(|(pack, _)| pack).find(|pack| pack.id == id)
    }
}

/// What the engine answers: or the code and the path of its refusal.
pub type Theirs = Result<response::Replayed, (String, String)>;
/// What the oracle answers.
pub type Ours = Result<Replayed, Refused>;

/// Both answers to a list of facts, and whether the engine is whole.
pub fn ask(story: &Story<'_>, shelf: &Shelf<'_>, engine: &mut Engine) -> (Ours, Theirs, bool) {
    let ours = catch_unwind(AssertUnwindSafe(|| replay(shelf, &story.message)));
    let broke = || Refused { fact: 0, late: 0, why: Refusal::Pack(BROKE_OFF.to_owned()) };
    let ours = ours.unwrap_or_else(|_| Err(broke()));
    let theirs = catch_unwind(AssertUnwindSafe(|| engine.replay(&story.message)));
    let unbroken = theirs.is_ok();
    let theirs = match theirs {
        Ok(answer) => answer.map_err(|why| (format!("{:?}", why.code), why.path)),
        Err(_) => Err((BROKE_OFF.to_owned(), String::new())),
    };
    (ours, theirs, unbroken)
}

/// The message as a caller writes it: bills among facts carry no contract number.
pub fn text(story: &Story<'_>) -> Option<String> {
    let mut message = serde_json::to_value(&story.message).ok()?;
    for fact in message.get_mut("replay")?.as_array_mut()? {
        for bill in ["/bill", "/refund/rest"] {
            if let Some(bill) = fact.pointer_mut(bill).and_then(|bill| bill.as_object_mut()) {
                bill.remove("contract");
            }
        }
    }
    serde_json::to_string(&message).ok()
}

/// The same message as text must be answered with the same bytes.
pub fn text_differs(story: &Story<'_>, engine: &mut Engine) -> Option<String> {
    let text = text(story)?;
    let by_text = engine.call(&text).json(tongchou_wire::error::Lang::En);
    let by_value = match engine.replay(&story.message) {
        Ok(replayed) => serde_json::to_string(&replayed).ok()?,
        Err(_) if by_text.contains("\"refused\"") => return None,
        Err(why) => format!("{why:?}"),
    };
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    if value(&by_text) == value(&by_value) {
        return None;
    }
    Some(format!("the text is answered otherwise: oracle {by_value}, engine {by_text}"))
}

/// The fields in which the two differ.
pub fn differences(ours: &Ours, theirs: &Theirs) -> Vec<String> {
    let mut found = Vec::new();
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => compare(&mut found, ours, theirs),
        (Err(Refused { why: Refusal::Pack(why), .. }), _) => {
            found.push(format!("the oracle cannot settle: {why}"));
        }
        (Err(ours), Err((code, path))) => {
            // The fact that is refused, or the one that came late and made it so.
            let place = |fact: usize| format!("$.replay[{fact}]");
            // What bills leave to the message is told of the message.
            let by_message = path.starts_with("$.member") || path == "$.pack";
            let by_fact = |fact: usize| path.starts_with(&place(fact));
            let here = by_message || by_fact(ours.fact) || by_fact(ours.late);
            if !here || code == BROKE_OFF {
                let ours = format!("{:?} at {}", ours.why, place(ours.fact));
                found.push(format!("refused fact: oracle {ours}, engine {code} at {path}"));
            }
        }
        (Err(ours), Ok(_)) => found.push(format!("the oracle alone refuses: {:?}", ours.why)),
        (Ok(_), Err((code, path))) => {
            found
                .push(format!("the engine alone refuses {code}: oracle settles, engine at {path}"));
        }
    }
    found
}

fn compare(found: &mut Vec<String>, ours: &Replayed, theirs: &response::Replayed) {
    let ids = |list: &[Settled]| list.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
    let their_ids: Vec<_> = theirs.settlements.iter().map(|it| it.id.clone()).collect();
    same(found, "bills", &ids(&ours.settlements), &their_ids);
    for (one, other) in ours.settlements.iter().zip(&theirs.settlements) {
        settlement(found, &format!(" of {}", one.id), one, other);
    }
    let derived = |it: &Settled| (it.id.clone(), it.derived.clone());
    let derived: Vec<_> = ours.settlements.iter().map(derived).collect();
    let derived: Vec<_> = derived.into_iter().filter(|(_, dims)| !dims.is_empty()).collect();
    let ground = |it: &response::Ground| (it.dim.clone(), it.value.clone());
    let grounds = |it: &response::Grounds| (it.id.clone(), it.dims.iter().map(ground).collect());
    let grounds: Vec<(_, Vec<_>)> = theirs.grounds.iter().map(grounds).collect();
    same(found, "grounds", &derived, &grounds);
    claims(found, &ours.claims, &theirs.claims);
    let late = |changes: &[response::Change]| {
        let late = changes.iter().filter(|change| !change.later.is_empty());
        late.map(|it| (it.fact, it.later.clone())).collect::<Vec<_>>()
    };
    same(found, "changes", &late(&ours.changes), &late(&theirs.changes));
    let back = |it: &response::Refunded| {
        (it.id.clone(), it.of.clone(), it.fund, it.hospital, it.cash, it.account, it.mutual_aid)
    };
    let own_back = |it: &Back| {
        (it.id.clone(), it.of.clone(), it.fund, it.hospital, it.cash, it.account, it.mutual_aid)
    };
    let own: Vec<_> = ours.refunds.iter().map(own_back).collect();
    same(found, "refunds", &own, &theirs.refunds.iter().map(back).collect::<Vec<_>>());
    let mut theirs_inconsistent = theirs.inconsistent.clone();
    theirs_inconsistent.sort();
    same(found, "inconsistent", &ours.inconsistent, &theirs_inconsistent);
    same(found, "transactions", &ours.transactions, &theirs.transactions);
    same(found, "balance in the end", &ours.balance, &theirs.balance);
    let held = |count: &Count| match *count {
        Count::Money(yuan) => yuan.0,
        Count::Number(number) => number,
    };
    let states: BTreeMap<_, _> = theirs
        .states
        .iter()
        .map(|state| {
            let counters = state.counters.iter().map(|(name, it)| (name.clone(), held(it)));
            let counters: BTreeMap<_, _> = counters.collect();
            ((state.pack.clone(), state.year), (state.seq, counters))
        })
        .collect();
    same(found, "states", &ours.states, &states);
}

/// Compares claims, which have a settlement for each part that was open.
fn claims(found: &mut Vec<String>, ours: &[Claimed], theirs: &[response::Claimed]) {
    let own: Vec<_> = ours.iter().map(|it| (it.id.clone(), it.of.clone(), it.on)).collect();
    let their: Vec<_> = theirs.iter().map(|it| (it.id.clone(), it.of.clone(), it.on)).collect();
    same(found, "claims", &own, &their);
    for (claimed, claim) in ours.iter().zip(theirs) {
        let parts = &claimed.parts;
        let paid = Yuan(parts.iter().map(|part| part.verdict.amounts.fund.0).sum());
        same(found, "claim paid", &paid, &claim.paid);
        same(found, "parts of a claim", &parts.len(), &claim.settlements.len());
        for (one, other) in parts.iter().zip(&claim.settlements) {
            settlement(found, "", one, other);
        }
    }
}

/// Notes what is not the same.
fn same<T: PartialEq + Debug>(found: &mut Vec<String>, name: &str, ours: &T, theirs: &T) {
    if ours != theirs {
        found.push(format!("{name}: oracle {ours:?}, engine {theirs:?}"));
    }
}

fn settlement(found: &mut Vec<String>, of: &str, ours: &Settled, theirs: &Settlement) {
    let verdict = &ours.verdict;
    let name = |field: &str| format!("{field}{of}");
    same(found, &name("pack"), &ours.pack, &theirs.pack.id);
    same(found, &name("rows of"), &verdict.rows_of, &theirs.pack.date);
    same(found, &name("params"), &verdict.params, &theirs.params);
    same(found, &name("year"), &verdict.year, &theirs.year);
    same(found, &name("standing"), &verdict.fund_standing, &theirs.fund_standing);
    same(found, &name("claim"), &verdict.claim, &theirs.claim);
    same(found, &name("admission"), &verdict.admission, &theirs.admission);
    same(found, &name("amounts"), &verdict.amounts, &theirs.amounts);
    same(found, &name("layers"), &verdict.layers, &theirs.layers);
    same(found, &name("lines"), &verdict.lines, &theirs.lines);
    same(found, &name("postings"), &verdict.postings, &theirs.postings);
    same(found, &name("balance"), &verdict.balance, &theirs.balance);
    same(found, &name("seq"), &verdict.seq, &theirs.seq);
}

/// The rules that lists of facts are there for.
pub const RULES: [&str; 20] = [
    "late fact changes bills",
    "cancel",
    "refund of an amount",
    "refund of a bill",
    "claim",
    "inconsistent",
    "credit",
    "becomes",
    "derived dimension",
    "segments",
    "stay over the year",
    "scheme changes within the list",
    "interim bill at a cut",
    "record handed over",
    "two events at one moment",
    "claims of one day",
    "claim of nothing any more",
    "refund that could not be given",
    "claim or refund changed",
    "fact beside bills that are kept",
];
/// In how many lists of a whole run each of them must have had a part.
pub const RULES_MIN: u64 = 5;
/// Fewer bills are no whole run.
pub const WHOLE_RUN: u64 = 200_000;

/// What a list of facts that both settled has in it, for the count of rules.
pub fn rules(story: &Story<'_>, ours: &Replayed) -> Vec<&'static str> {
    let mut rules = Vec::new();
    let mut note = |rule, is: bool| {
        if is {
            rules.push(rule);
        }
    };
    let facts = &story.message.replay;
    note("late fact changes bills", !ours.changes.is_empty());
    note("cancel", facts.iter().any(|it| matches!(it, Fact::Cancel(_))));
    note("refund of an amount", ours.refunds.iter().any(|it| it.fund.0 == 0));
    note("refund of a bill", ours.refunds.iter().any(|it| it.fund.0 != 0));
    let paid = |claim: &Claimed| claim.parts.iter().any(|it| it.verdict.amounts.fund.0 != 0);
    note("claim", ours.claims.iter().any(paid));
    note("inconsistent", !ours.inconsistent.is_empty());
    note("credit", ours.transactions.iter().any(|it| it.kind == "credit"));
    note("derived dimension", ours.settlements.iter().any(|it| !it.derived.is_empty()));
    note("segments", ours.settlements.iter().any(|it| it.id != it.of));
    note("becomes", facts.iter().any(|it| matches!(it, Fact::Becomes(_))));
    let goes_on = |id: &str| {
        let holds = |(_, counters): &&(u32, BTreeMap<String, i64>)| {
            counters.contains_key(&format!("stay:{id}.ordinal"))
        };
        ours.states.values().filter(holds).count() > 1
    };
    let stays = facts.iter().filter_map(|fact| match fact {
        Fact::Bill(bill) => bill.encounter.stay.as_ref(),
        _ => None,
    });
    note("stay over the year", stays.into_iter().any(|stay| goes_on(&stay.id)));
    note("two events at one moment", doubled(facts));
    for rule in of_answer(facts, ours) {
        note(rule, true);
    }
    rules
}

/// Whether two events of one name happen at one moment.
fn doubled(facts: &[Fact]) -> bool {
    let events = facts.iter().filter_map(|fact| match fact {
        Fact::Event(event) => Some((event.event.as_str(), event.on, event.at)),
        _ => None,
    });
    let mut events: Vec<_> = events.collect();
    events.sort();
    events.array_windows().any(|[one, other]| one == other)
}

/// The rules that show in the answer.
fn of_answer(facts: &[Fact], ours: &Replayed) -> Vec<&'static str> {
    let mut rules = Vec::new();
    let bills = &ours.settlements;
    let opens_next = |it: &Settled| {
        let opens = |name: &str| name.contains('~') && name.ends_with(".opened");
        let ordinal = |name: &str| name.contains('~') && name.ends_with(".ordinal");
        let postings = &it.verdict.postings;
        it.id == it.of && postings.iter().any(|it| opens(&it.counter) || ordinal(&it.counter))
    };
    if bills.iter().any(opens_next) {
        rules.push("interim bill at a cut");
    }
    let packs: BTreeSet<&str> = bills.iter().map(|it| it.pack.as_str()).collect();
    if 1 < packs.len() {
        rules.push("scheme changes within the list");
    }
    let records = |it: &Settled| -> BTreeSet<String> {
        let names = it.verdict.postings.iter().map(|it| it.counter.clone());
        names.filter(|name| name.ends_with(".bills")).collect()
    };
    let handed = |one: &Settled, other: &Settled| {
        one.pack != other.pack && !records(one).is_disjoint(&records(other))
    };
    if bills.iter().any(|one| bills.iter().any(|other| handed(one, other))) {
        rules.push("record handed over");
    }
    let days: Vec<_> = bills.iter().filter(|it| it.verdict.claim.is_some()).collect();
    let claimed = |of: &str| ours.claims.iter().any(|it| it.of == of && !it.parts.is_empty());
    let same_day = |one: &Settled, other: &Settled| {
        one.of != other.of && one.verdict.rows_of == other.verdict.rows_of
    };
    let claims: Vec<_> = days.into_iter().filter(|it| claimed(&it.of)).collect();
    if claims.iter().any(|one| claims.iter().any(|other| same_day(one, other))) {
        rules.push("claims of one day");
    }
    if ours.claims.iter().any(|it| it.parts.is_empty()) {
        rules.push("claim of nothing any more");
    }
    if ours.refunds.iter().any(|it| ours.inconsistent.contains(&it.id)) {
        rules.push("refund that could not be given");
    }
    let changed = ours.changes.iter().flat_map(|it| &it.later).map(|it| &it.id);
    let is_bill = |id: &String| bills.iter().any(|it| it.of == *id);
    if changed.into_iter().any(|id| !is_bill(id)) {
        rules.push("claim or refund changed");
    }
    let says = |it: &Fact| matches!(it, Fact::Event(_) | Fact::Becomes(_) | Fact::Scheme(_));
    if ours.inconsistent.iter().any(is_bill) && facts.iter().any(says) {
        rules.push("fact beside bills that are kept");
    }
    rules
}
