//! NDJSON against serde, and one spelling against another.

use rand::RngExt;
use rust_decimal::Decimal;
use serde_json::Value;
use tongchou_core::calendar::Day;
use tongchou_core::columns::flag;
use tongchou_wire::amount::{Clock, Date, Measure, Yuan};
use tongchou_wire::request::{
    Account, Bill, Encounter, EncounterFacts, Joins, Line, Member, Request, Stay,
};

use crate::book::{Item, Profile, What, Who};

use super::*;

fn date(day: i32) -> Date {
    let (year, month, day) = Day(day).civil();
    Date { year, month, day }
}

fn measure(units: i64, scale: u32) -> Measure {
    Measure(Decimal::new(units, scale).normalize())
}

/// The requests that stand for visits, and whether each is taken back.
fn requests(visits: &[Visit]) -> Vec<(Request, bool)> {
    let (mut number, mut before, mut stay) = (0, None, String::new());
    let mut requests = Vec::new();
    for visit in visits {
        number = if before == Some(visit.person) { number + 1 } else { 1 };
        before = Some(visit.person);
        let id = format!("{}-{number}", visit.person);
        let has = |bit: u8| visit.flags & bit != 0;
        if !has(flag::JOINS) {
            stay.clone_from(&id);
        }
        let in_stay = (has(flag::GOES_ON) || has(flag::JOINS)).then(|| Stay {
            id: stay.clone(),
            closes: !has(flag::GOES_ON),
            joins: has(flag::TRANSFER).then_some(Joins::Transfer),
        });
        let who = Who::read(&visit.who).unwrap();
        let nights = i32::from(visit.nights);
        let line = |(number, (item, quantity, fee, price)): (usize, &(String, u32, i64, i64))| {
            let Item { facts, prepay, limit } = Item::read(item).unwrap();
            Line {
                id: (number + 1).to_string(),
                facts,
                price: measure(*price, 6),
                quantity: measure(i64::from(*quantity), 4),
                amount: Yuan(*fee),
                limit,
                prepay,
                date: None,
            }
        };
        let request = Request {
            contract: 1,
            pack: header().pack,
            params: header().params,
            facts: header().facts.into_iter().map(|(name, fen)| (name, Yuan(fen))).collect(),
            year_to_date: BTreeMap::new(),
            state: None,
            member: Member {
                id: Some(visit.person.to_string()),
                born: None,
                age: who.age,
                facts: who.facts,
                account: Some(Account { balance: Yuan(visit.balance), mutual_aid: None }),
            },
            encounter: Encounter {
                id,
                facts: What::read(&visit.what).unwrap().facts,
                admitted: date(visit.day),
                discharged: (nights > 0).then(|| date(visit.day + nights)),
                time: None,
                institution: None,
                use_account: None,
                stay: in_stay,
            },
            bill: Bill::Lines(visit.lines.iter().enumerate().map(line).collect()),
            stated_total: None,
            hospital_share: None,
            explain: false,
        };
        requests.push((request, has(flag::TAKEN_BACK)));
    }
    requests
}

fn cancel(request: &Request) -> String {
    let (member, bill) = (request.member.id.clone().unwrap(), &request.encounter.id);
    format!(r#"{{"contract":1,"member":{{"id":"{member}"}},"cancel":"{bill}"}}"#)
}

/// How many lines went the long way.
fn odd(path: &Path) -> (u64, Vec<Visit>) {
    let mut reader = Reader::open(path).unwrap();
    let (mut batch, mut book, mut visits) = (Batch::default(), Book::default(), Vec::new());
    while reader.next(&mut batch, &mut book).unwrap() {
        visits.extend(made::flat(&batch, &book));
    }
    let Source::Ndjson(lines) = &reader.source else { panic!("another format") };
    (lines.odd(), visits)
}

#[test]
fn lines_are_what_serde_makes_of_a_request() {
    let folder = Folder::new();
    for seed in 100..112 {
        let (batches, book) = Made::new(seed).batches();
        let path = folder.path(&format!("{seed}.ndjson"));
        write(&path, &batches, &book);
        let visits = batches.iter().flat_map(|batch| made::flat(batch, &book));
        let requests = requests(&visits.collect::<Vec<_>>());
        let mut expected = String::new();
        for (request, taken_back) in &requests {
            expected.push_str(&serde_json::to_string(request).unwrap());
            expected.push('\n');
            if *taken_back {
                expected.push_str(&cancel(request));
                expected.push('\n');
            }
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), expected);
        assert_eq!(odd(&path).0, 0, "a line of our own went the long way");
    }
}

/// A request with fields that mean nothing to a column, and a few that are usual.
fn dressed(made: &mut Made, request: &Request) -> Request {
    let mut request = request.clone();
    let rng = &mut made.rng;
    let encounter = &mut request.encounter;
    if rng.random() {
        encounter.time = Some(Clock(rng.random_range(0..1440)));
    }
    if rng.random() {
        encounter.institution = Some("医院 \"1\" \\ }{,\u{1f3e5}".into());
    }
    if rng.random() {
        encounter.use_account = Some(true);
    }
    if encounter.discharged.is_none() && rng.random() {
        encounter.discharged = Some(encounter.admitted);
    }
    if request.member.account == Some(Account::default()) {
        request.member.account = None;
    }
    let Bill::Lines(lines) = &request.bill else { panic!("no lines") };
    if rng.random() {
        request.stated_total = Some(Yuan(lines.iter().map(|line| line.amount.0).sum()));
    }
    request.explain = rng.random();
    request
}

/// The same message in another spelling: keys in other places, numbers for text, yes for true.
fn respelt(made: &mut Made, value: &Value, key: &str) -> String {
    let rng = &mut made.rng;
    let space = ["", "", " ", "\t "][rng.random_range(0..4)];
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            for at in (1..keys.len()).rev() {
                keys.swap(at, made.rng.random_range(0..=at));
            }
            let pair = |key: &String| {
                let value = respelt(made, &map[key], key);
                // A key may be spelt with escapes as well.
                let key = key.replacen('a', "\\u0061", usize::from(made.rng.random::<u8>() == 0));
                format!("\"{key}\"{space}:{value}")
            };
            format!("{{{space}{}}}", keys.into_iter().map(pair).collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| respelt(made, item, "")).collect();
            format!("[{}{space}]", items.join(", "))
        }
        Value::String(text) => match key {
            "price" | "quantity" | "amount" | "balance" | "limit" | "prepay" | "stated_total" => {
                let zeros = |text: &str| match text.contains('.') {
                    true => format!("{text}000"),
                    false => format!("{text}.0"),
                };
                match rng.random_range(0..4) {
                    0 => format!("\"{}\"", zeros(text)),
                    1 => zeros(text),
                    2 => format!("\"00{text}\""),
                    _ => text.clone(),
                }
            }
            "supplement" | "direct" if rng.random() => (text == "yes").to_string(),
            _ => value.to_string(),
        },
        _ => value.to_string(),
    }
}

#[test]
fn every_spelling_gives_the_same_rows() {
    let folder = Folder::new();
    for seed in 200..216 {
        let mut made = Made::new(seed);
        let (batches, book) = made.batches();
        let visits: Vec<Visit> =
            batches.iter().flat_map(|batch| made::flat(batch, &book)).collect();
        let mut text = String::new();
        for (request, taken_back) in requests(&visits) {
            let bill = match made.rng.random_range(0..4) {
                0 => serde_json::to_string(&request).unwrap(),
                1 => serde_json::to_string(&dressed(&mut made, &request)).unwrap(),
                _ => {
                    let request = dressed(&mut made, &request);
                    let value = serde_json::to_value(&request).unwrap();
                    respelt(&mut made, &value, "")
                }
            };
            text.push_str(&bill);
            text.push_str(["\n", "\r\n", " \n\n"][made.rng.random_range(0..3)]);
            if taken_back {
                text.push_str(&cancel(&request));
                text.push_str(["\n", "\r\n"][made.rng.random_range(0..2)]);
            }
        }
        let path = folder.path(&format!("{seed}.ndjson"));
        // The end of the last line may be missing.
        fs::write(&path, text.trim_end()).unwrap();
        let expected = held(Format::Ndjson, &visits);
        for wanted in [1, 30, VISITS_WANTED] {
            assert_eq!(read(&path, wanted).unwrap(), expected, "{seed}");
        }
        let (odd, _) = odd(&path);
        assert!(visits.len() as u64 / 2 <= odd, "{odd} of {} went the long way", visits.len());
    }
}

/// A bill that both readers take.
const BILL: &str = concat!(
    r#"{"contract":1,"pack":"p","member":{"id":"7","age":40,"account":{"balance":"1.00"}},"#,
    r#""encounter":{"id":"7-1","care":"inpatient","admitted":"2025-01-02"},"#,
    r#""lines":[{"id":"1","class":"A","price":"2","quantity":"3","amount":"6.00"}]}"#
);

fn refused(text: impl AsRef<[u8]>) -> (Code, String) {
    let folder = Folder::new();
    let path = folder.path("bad.ndjson");
    fs::write(&path, text).unwrap();
    let fault = read(&path, 100).unwrap_err();
    let text = fault.to_string();
    let text = text.replace(&shown(&path), "FILE");
    (fault.code, text)
}

#[test]
fn what_has_no_column_is_refused_with_its_line_and_field() {
    let cases = [
        (r#""lines":["#, r#""facts":{"income":"1.00"},"lines":["#, "$.facts"),
        (r#""lines":["#, r#""year_to_date":{"paid":"1.00"},"lines":["#, "$.year_to_date"),
        (r#""lines":["#, r#""hospital_share":"1.00","lines":["#, "$.hospital_share"),
        (r#""1.00"}"#, r#""1.00","mutual_aid":"1.00"}"#, "$.member.account.mutual_aid"),
        (r#""age":40"#, r#""born":"1980-01-01""#, "$.member.born"),
        (r#""6.00""#, r#""6.00","date":"2025-01-02""#, "$.lines[0].date"),
        (r#""id":"7","#, "", "$.member.id"),
        (r#""id":"7","#, r#""id":"07","#, "$.member.id `07`"),
        (r#""id":"7","#, r#""id":"P7","#, "$.member.id `P7`"),
        (r#""id":"7","#, r#""id":"18446744073709551616","#, "$.member.id"),
        (r#""pack":"p""#, r#""pack":"q""#, "$.pack"),
        (r#""pack":"p""#, r#""pack":"p","params":{"a":"b"}"#, "$.params"),
        (r#""2025-01-02""#, r#""2025-01-02","use_account":false"#, "$.encounter.use_account"),
        (r#""3","amount":"6.00""#, r#""0","amount":"0.00""#, "$.lines[0].quantity"),
        (r#""3","amount":"6.00""#, r#""500000","amount":"1000000""#, "$.lines[0].quantity"),
        (r#""2025-01-02""#, r#""1900-01-02","discharged":"2100-01-01""#, "$.encounter.discharged"),
        (
            r#""2025-01-02""#,
            r#""2025-01-02","stay":{"id":"s","closes":true,"joins":"readmission"}"#,
            "$.encounter.stay.joins",
        ),
        (
            r#""2025-01-02""#,
            r#""2025-01-02","stay":{"id":"s","closes":true,"joins":"transfer"}"#,
            "$.encounter.stay `s`",
        ),
    ];
    for (piece, other, field) in cases {
        assert!(BILL.contains(piece), "{piece}");
        let (code, text) = refused(format!("{BILL}\n{}\n", BILL.replacen(piece, other, 1)));
        assert_eq!(code, Code::Value, "{text}");
        assert!(text.contains("FILE: line 2") && text.contains(field), "{text}");
    }
    let totals = r#""totals":{"in_scope":"6.00"}}"#;
    let start = BILL.find(r#""lines""#).unwrap();
    let (code, text) = refused(format!("{BILL}\n{}{totals}\n", &BILL[..start]));
    assert!(code == Code::Value && text.contains("line 2: `$.totals`"), "{text}");
}

#[test]
fn what_the_contract_refuses_is_refused_with_its_code() {
    let cases = [
        (r#""6.00""#, r#""6.01""#, "I042 $.lines[0].amount"),
        (r#""6.00""#, r#""6.001""#, "I012 $.lines[0].amount"),
        (r#""6.00""#, r#""-6.00""#, "$.lines[0].amount"),
        (r#""6.00"}]"#, r#""6.00"}],"stated_total":"7""#, "$.stated_total"),
        (r#""age":40"#, r#""age":151"#, "$.member.age"),
        (r#""2025-01-02""#, r#""2025-02-30""#, "$.encounter.admitted"),
        (
            r#""2025-01-02""#,
            r#""2025-01-02","discharged":"2025-01-01""#,
            "I021 $.encounter.discharged",
        ),
        (r#""class""#, r#""clazz""#, "$.lines[0].clazz"),
        (r#""age":40"#, r#""age":40,"age":40"#, "I005 $.member.age"),
        (r#""contract":1"#, r#""contract":2"#, "I006 $.contract"),
        (r#"]}"#, r#"],}"#, "I001 $"),
    ];
    for (piece, other, said) in cases {
        let (code, text) = refused(format!("{BILL}\n\n{}\n", BILL.replacen(piece, other, 1)));
        assert_eq!(code, Code::Refused, "{text}");
        assert!(text.contains("FILE: line 3") && text.contains(said), "{said}: {text}");
    }
    let (code, text) = refused(format!("{}\n", BILL.replace(r#""age":40"#, r#""age":-1"#)));
    assert!(code == Code::Refused && text.contains("line 1"), "{text}");
}

#[test]
fn a_bill_is_taken_back_once_and_behind_itself() {
    let back = r#"{"contract":1,"member":{"id":"7"},"cancel":"7-1"}"#;
    let cases = [
        format!("{BILL}\n{back}\n{back}\n"),
        format!("{BILL}\n{}\n", back.replace("7-1", "7-2")),
        format!("{BILL}\n{}\n", back.replace(r#""7"}"#, r#""8"}"#)),
    ];
    for text in cases {
        let (code, text) = refused(text);
        assert!(code == Code::Value && text.contains("the bill of the line before"), "{text}");
    }
    let (code, text) = refused(back);
    assert!(code == Code::Refused && text.contains("line 1"), "{text}");
    // A stay that goes on is joined by the next bill only.
    let stay = |n: u32, id: &str| {
        let bill = BILL.replace("7-1", &format!("7-{n}"));
        let stay = format!(r#""2025-01-02","stay":{{"id":"{id}","closes":false}}"#);
        bill.replace(r#""2025-01-02""#, &stay)
    };
    let (code, text) = refused([stay(1, "a"), stay(2, "b"), stay(3, "a")].join("\n"));
    assert!(code == Code::Value && text.contains("line 3: `$.encounter.stay `a``"), "{text}");
}

#[test]
fn bytes_that_are_no_lines_are_refused() {
    let mut bytes = format!("{BILL}\n").into_bytes();
    bytes.extend_from_slice(b"{\"contract\":1,\"pack\":\"\xff\"}\n");
    let (code, text) = refused(&bytes);
    assert!(code == Code::Corrupt && text.contains("line 2"), "{text}");
    let (code, text) = refused(format!("{BILL}\n{}", &BILL[..BILL.len() - 9]));
    assert!(code == Code::Corrupt && text.contains("line 2"), "{text}");
    let mut long = format!("{BILL}\n").into_bytes();
    long.resize(LINE_BYTES_MAX + (4 << 20), b' ');
    let (code, text) = refused(&long);
    assert!(code == Code::Refused && text.contains("line 2") && text.contains("I008"), "{text}");
    let (code, text) = refused(format!("\u{feff}{BILL}\n"));
    assert!(code == Code::Refused && text.contains("line 1"), "{text}");
    for (first, second) in [("7", "6"), ("2025-01-02", "2025-01-01")] {
        let (code, text) = refused(format!("{BILL}\n{}\n", BILL.replace(first, second)));
        assert!(code == Code::Order && text.contains("line 2"), "{text}");
    }
}

#[test]
fn a_value_that_json_would_escape_is_not_written() {
    let folder = Folder::new();
    let mut made = Made::new(5);
    let (batches, mut book) = made.batches();
    let facts = EncounterFacts { care: Some("a\"b".into()), ..EncounterFacts::default() };
    book.what.add(What { facts }).unwrap();
    let mut writer = Writer::create(&folder.path("a.ndjson"), &header()).unwrap();
    let fault = writer.write(&batches[0], &book).unwrap_err();
    assert_eq!(fault.code, Code::Value);
    assert_eq!(writer.finish().unwrap_err().code, Code::Unwritable);
    assert_eq!(folder.names(), [""; 0]);
}
