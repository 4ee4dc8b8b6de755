//! `member`, `replay`, `refund` and `entitle` as a person sees them: the demos of `fixtures/demo`
//! in both languages, to the column; one message or a stream, as text or as JSON.

use expect_test::expect_file;
use serde_json::Value;

use crate::slips::session;
use crate::{code, fixtures, stderr, stdout, tongchou};

/// A bill of 100.00 in arrears: 60.00 from the account, 40.00 in cash, nothing from the fund.
const ARREARS: &str = r#"{ "contract": 1, "pack": "110000-employee",
  "member": { "id": "m-11", "person": "active", "age": 40, "status": "arrears",
    "account": { "balance": "60.00" } },
  "encounter": { "id": "op-1", "care": "outpatient", "level": "tier3", "admitted": "2024-03-05" },
  "totals": { "in_scope": "100.00" } }"#;

const AT_THE_WINDOW: [&str; 2] = ["--with=network=online", "--with=card_present=yes"];

/// Each demo of a member's year, in both languages, with what else it is good to look at.
macro_rules! demos {
    ($($test:ident: $($command:literal)+ => $golden:literal;)+) => {$(
        #[test]
        fn $test() {
            let commands = [$($command, concat!($command, " --lang en")),+];
            assert_eq!(code(&tongchou(&commands[0].split(' ').collect::<Vec<_>>(), "")), 0);
            session(&commands, "", &expect_file![concat!("golden/", $golden)]);
        }
    )+};
}

demos! {
    beijing_account: "member demo/beijing-account.json" "replay demo/beijing-account.json"
        => "year-beijing-account.txt";
    beijing_credits: "entitle demo/beijing-credits.json" => "entitled-beijing-credits.txt";
    beijing_resident: "member demo/beijing-resident.json" => "year-beijing-resident.txt";
    tianjin_offsite: "member demo/tianjin-offsite.json" => "year-tianjin-offsite.txt";
    tianjin_filing: "entitle demo/tianjin-filing.json" => "entitled-tianjin-filing.txt";
    tianjin_maternity: "entitle demo/tianjin-maternity.json" => "entitled-tianjin-maternity.txt";
    tianjin_scheme_change: "replay demo/tianjin-scheme-change.json"
        => "replay-tianjin-scheme-change.txt";
    guangzhou_contributions: "member demo/guangzhou-contributions.json"
        => "year-guangzhou-contributions.txt";
    guangzhou_enrolment: "entitle demo/guangzhou-enrolment.json"
        => "entitled-guangzhou-enrolment.txt";
    guangzhou_outage: "member demo/guangzhou-outage.json" => "year-guangzhou-outage.txt";
    guangzhou_outage_duties: "entitle demo/guangzhou-outage-duties.json"
        => "entitled-guangzhou-outage-duties.txt";
    guangzhou_resident: "member demo/guangzhou-resident.json" => "year-guangzhou-resident.txt";
    guangzhou_supplement: "member demo/guangzhou-supplement.json"
        => "year-guangzhou-supplement.txt";
    weixian_lump_sum: "entitle demo/weixian-lump-sum.json" => "entitled-weixian-lump-sum.txt";
    closed_account: "entitle demo/closed-account-transfer.json" => "entitled-closed-account.txt";
    suspension_plans: "entitle demo/suspension-plans.json" => "entitled-suspension-plans.txt";
    suspension_back_entry: "member demo/suspension-back-entry.json"
        => "year-suspension-back-entry.txt";
    huadian_year: "member demo/huadian-year.json" => "year-huadian.txt";
    huadian_budget: "entitle demo/huadian-budget.json" => "entitled-huadian-budget.txt";
    cross_year: "member demo/cross-year-days.json" => "year-cross-year.txt";
}

#[test]
fn a_refund_is_a_slip() {
    let settled = stdout(&tongchou(&["settle", "-", "--format", "json"], ARREARS));
    let with = AT_THE_WINDOW.join(" ");
    let part = format!("refund - --id r-1 --amount 50.00 {with}");
    let more = format!("refund - --id r-1 --amount 100.01 {with}");
    let whole = format!("refund - --id r-2 {with}");
    let commands = [
        part.clone(),
        format!("{part} --lang en"),
        whole.clone(),
        format!("{whole} --lang en"),
        more.clone(),
        format!("{more} --lang en"),
        "refund - --id r-1 --amount 50.00 --with network=offline".to_owned(),
        "refund - --id r-1 --with network".to_owned(),
        "refund -".to_owned(),
    ];
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    session(&commands, &settled, &expect_file!["golden/refund.txt"]);
}

#[test]
fn a_refund_message_says_for_itself_what_goes_back() {
    let settled = stdout(&tongchou(&["settle", "-", "--format", "json"], ARREARS));
    let message = format!(
        r#"{{"contract":1,"refund":{},"id":"r-1","amount":"50.00","card_present":"yes"}}"#,
        settled.trim()
    );
    let answer = tongchou(&["refund", "-", "--format", "json"], &message);
    assert_eq!(code(&answer), 0, "{}", stdout(&answer));
    let answer: Value = serde_json::from_str(&stdout(&answer)).unwrap();
    assert_eq!((&answer["cash"], &answer["account"]), (&"40.00".into(), &"10.00".into()));
    let beside = tongchou(&["refund", "-", "--id", "r-2"], &message);
    assert_eq!(code(&beside), 2);
    assert!(stderr(&beside).contains("a refund message holds them itself"), "{}", stderr(&beside));
}

#[test]
fn each_command_answers_its_own_messages_only() {
    let replay = std::fs::read_to_string(fixtures().join("demo/replay.json")).unwrap();
    let question = std::fs::read_to_string(fixtures().join("demo/beijing-credits.json")).unwrap();
    for (command, message, path) in [
        ("replay", ARREARS, "$.replay"),
        ("member", &question, "$.replay"),
        ("refund", &replay, "$.refund"),
        ("entitle", &replay, "$.entitle"),
        ("cancel", &question, "$.cancel"),
    ] {
        let output = tongchou(&[command, "-", "--lang", "en"], message);
        assert_eq!(code(&output), 1, "{command}");
        assert!(stdout(&output).contains(&format!("at: {path}\n")), "{}", stdout(&output));
    }
    for message in [ARREARS, &replay, &question] {
        assert_eq!(code(&tongchou(&["settle", "-"], message)), 0);
    }
}

#[test]
fn a_stream_holds_years_and_questions() {
    let line = |name: &str| {
        let text = std::fs::read_to_string(fixtures().join("demo").join(name)).unwrap();
        format!("{}\n", text.replace('\n', " "))
    };
    let good = [line("replay.json"), line("beijing-account.json")].concat();
    let answers = tongchou(&["member", "-"], &good);
    assert_eq!(code(&answers), 0);
    let answers = stdout(&answers);
    let status = |line: &str| serde_json::from_str::<Value>(line).unwrap()["status"].clone();
    assert!(answers.lines().all(|line| status(line) == "replayed"), "{answers}");
    let mixed = format!("{good}{}{{\n", line("beijing-credits.json"));
    let answers = tongchou(&["replay", "-"], &mixed);
    let statuses: Vec<Value> = stdout(&answers).lines().map(status).collect();
    assert_eq!(statuses, ["replayed", "replayed", "refused", "refused"]);
    assert_eq!(code(&answers), 1);
}

/// Text and JSON come from one answer: the year shows what the replay says.
#[test]
fn the_year_as_json_is_the_replay() {
    let file = "demo/guangzhou-contributions.json";
    let json = |command| stdout(&tongchou(&[command, file, "--format", "json"], ""));
    assert_eq!(json("member"), json("replay"));
}

#[test]
fn steps_are_explained_on_demand() {
    let text = stdout(&tongchou(&["replay", "demo/replay.json", "--explain", "--lang", "en"], ""));
    assert!(text.contains("stay-2 step by step\n"), "{text}");
    assert!(text.contains("pool band: 8700.00 × 85% = 7395.00 → fund  [BJE-6]"), "{text}");
}

/// Every column of a year ends where its heading ends, Chinese or English.
#[test]
fn amounts_stand_under_their_headings() {
    for lang in ["zh", "en"] {
        let file = "demo/beijing-account.json";
        let text = stdout(&tongchou(&["member", file, "--lang", lang], ""));
        let rule = text.lines().find(|line| line.starts_with('─')).unwrap();
        let width = rule.chars().count();
        let bills: Vec<&str> = text.lines().filter(|line| line.ends_with(".00")).collect();
        let bills = bills.iter().filter(|line| line.contains("tier 3") || line.contains("三级"));
        // A Chinese character takes two columns.
        let columns = |line: &str| line.chars().map(|c| if c > '\u{2e7f}' { 2 } else { 1 }).sum();
        let ends: Vec<usize> = bills.map(|line| columns(line)).collect();
        assert!(ends.len() >= 5, "{text}");
        let last = ends.iter().filter(|end| **end == width).count();
        assert!(last >= 5, "{ends:?} of {width}\n{text}");
    }
}
