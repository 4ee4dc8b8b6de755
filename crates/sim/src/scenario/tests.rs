//! Scenarios that are read, and every kind that is refused with its code and its key.

use super::{Confidence, Dims, MILLION, Scenario, Sex};

const SAMPLE: &str = include_str!("../../fixtures/every-key.toml");

fn dims(dim: &str, value: &str) -> Dims {
    Dims::from([(dim.to_owned(), value.to_owned())])
}

#[test]
fn every_key_is_read() {
    let read = Scenario::read(SAMPLE, "every-key.toml").unwrap();
    assert_eq!((read.id.as_str(), read.pack.as_str()), ("every-key", "000000-sample"));
    assert_eq!((read.year, read.members, read.spread), (2025, 1_000_000, 800_000));
    assert_eq!(read.params["scheme"], "employee");
    assert_eq!(read.facts["income"], 4_800_000);
    let cell = &read.cells[0];
    assert_eq!((cell.share, cell.sex, cell.age), (400_000, Some(Sex::Male), 35));
    assert_eq!((&cell.dims, cell.chronic), (&dims("person", "active"), 50_000));
    assert_eq!(cell.usage, [600_000, 500_000, MILLION]);
    assert_eq!(cell.cost, [MILLION, 900_000, MILLION]);
    assert_eq!(read.cells[1].credit, 1_200_000);
    assert_eq!(read.poverty[1].dims, dims("poverty", "dibao"));
    assert!(read.residence[0].is_home() && !read.residence[1].is_home());
    assert_eq!(read.residence[1].when, dims("person", "active"));
    let (first, last) = read.districts[0].outages[0];
    assert_eq!((first.civil(), last.civil()), ((2025, 3, 4), (2025, 3, 6)));
    assert_eq!(
        (read.districts[0].name.en.as_str(), read.districts[1].name.en.as_str()),
        ("East", "district 2")
    );
    assert_eq!(read.outage, dims("network", "offline"));
    let gap = read.gap.as_ref().unwrap();
    assert_eq!((gap.members, gap.frozen_from, gap.resume_after), (60_000, 1, 1));
    assert_eq!(gap.months, [(1, 500_000), (2, 300_000), (6, 200_000)]);
    let account = read.account.as_ref().unwrap();
    assert_eq!((account.opening, account.sigma, account.credit), (150_000, MILLION, 9_500));
    let ward = &read.visits[read.visit("ward").unwrap()];
    assert_eq!((ward.per_head, ward.cost, ward.lines), (250_000, 980_000, (8, 24)));
    assert_eq!(
        (ward.nights, ward.transfer, ward.late),
        (Some((8_600_000, 700_000)), 40_000, 20_000)
    );
    assert_eq!((ward.level.len(), ward.away[0].cost), (3, 1_800_000));
    assert_eq!(ward.items, [(0, 200_000), (1, 400_000), (2, 400_000)]);
    assert!(read.visits[2].chronic && read.visits[2].patients == 10_000);
    assert_eq!(read.items[1].item.to_string(), "class=B,kind=drug,prepay=0.1,limit=60.5");
    assert_eq!(
        (read.items[1].price, read.items[1].quantity.as_slice()),
        (3_850, &[1, 1, 2, 3][..])
    );
    assert_eq!(read.targets[0].confidence, Confidence::Assumed);
    assert!(!read.targets[0].confidence.is_judged() && Confidence::Found.is_judged());
}

/// A change of the sample, and the code, key and words of its refusal.
const BAD: &[(&str, &str, &str)] = &[
    (
        "share = \"40%\"\nsex",
        "share = \"41%\"\nsex",
        "[D010] x.toml:17: cell: the shares add up to 101%",
    ),
    (
        "share = \"96%\"",
        "share = \"95.5%\"",
        "[D010] x.toml:44: poverty: the shares add up to 99.5%",
    ),
    ("share = \"97%\"", "share = \"98%\"", "[D010] x.toml:52: residence: "),
    ("share = \"60%\"", "share = \"50%\"", "[D010] x.toml:62: district: "),
    ("[\"1\", \"50%\"]", "[\"1\", \"40%\"]", "[D010] x.toml:76: gap.months: "),
    ("share = \"55%\"", "share = \"54%\"", "visit[0].level: the shares add up to 99%"),
    ("share = \"2%\", cost", "share = \"101%\", cost", "visit[0].away[0].share: "),
    ("drug-a = \"30%\"", "drug-a = \"31%\"", "visit[0].items: the shares add up to 101%"),
    ("spread =", "spraed =", "scenario.spraed: the scenario is not well formed: the key `spraed`"),
    ("spread =", "spraed =", "did you mean `spread`?"),
    ("members = 1_000_000", "membres = 1_000_000", "did you mean `members`?"),
    ("members = 1_000_000", "", "`members` is missing"),
    ("members = 1_000_000", "members = 0", "scenario.members: "),
    ("members = 1_000_000", "members = -5", "a whole number from 1"),
    ("year = 2025", "year = 20250", "scenario.year: "),
    ("clinic = \"0.6\"", "clinics = \"0.6\"", "cell[0].use.clinics: "),
    ("clinic = \"0.6\"", "clinics = \"0.6\"", "did you mean `clinic`?"),
    ("clinic = \"0.6\"", "clinic = \"-0.6\"", "cell[0].use.clinic: "),
    ("clinic = \"0.6\"", "clinic = 0.6", "a decimal in quotes"),
    ("drug-a = \"30%\"", "drug-c = \"30%\"", "there is no item `drug-c`"),
    ("items = { service = \"100%\" }", "items = {}", "visit[2].items: the shares add up to 0%"),
    ("items = { service = \"100%\" }", "", "`items` is missing"),
    ("lines = [4, 9]", "lines = [0, 9]", "visit[0].lines[0]: "),
    ("lines = [4, 9]", "lines = [9, 4]", "visit[0].lines: "),
    ("lines = [4, 9]", "lines = [4]", "visit[0].lines: "),
    ("mean = \"8.6\"", "mean = \"88\"", "visit[1].nights.mean: "),
    ("mean = \"8.6\"", "mean = \"0\"", "visit[1].nights.mean: "),
    ("late = \"0.2%\"", "late = \"0.2%\"\ntransfer = \"1%\"", "only stays are transferred"),
    ("patients = \"1%\"", "patients = \"0%\"", "visit[2].patients: "),
    ("per_head = \"7.181\"", "per_head = \"7,181\"", "visit[0].per_head: "),
    ("cost = \"241.70\"", "cost = \"0\"", "visit[0].cost: "),
    ("cost = \"241.70\"", "cost = 241.70", "visit[0].cost: "),
    ("id = \"ward\"", "id = \"clinic\"", "visit[1].id: "),
    ("id = \"drug-b\"", "id = \"drug-a\"", "item[1].id: "),
    ("id = \"every-key\"", "id = \"Every Key\"", "scenario.id: "),
    ("price = \"12.40\"", "price = \"0\"", "item[0].price: "),
    ("quantity = [1, 2]", "quantity = []", "item[0].quantity: "),
    ("quantity = [1, 2]", "quantity = [0]", "item[0].quantity[0]: "),
    ("limit = \"60.5\"", "limit = \"much\"", "item[1].limit: "),
    ("prepay = \"10%\"", "prepay = \"0.1\"", "item[1].prepay: "),
    ("class = \"A\", kind = \"drug\"", "class = \"A\", kinds = \"drug\"", "item[0].dims.kinds: "),
    ("person = \"retired\"", "person = \"retried\"", "did you mean `retired`?"),
    ("dims = { care = \"outpatient\" }", "dims = { class = \"A\" }", "visit[0].dims.class: "),
    ("when = { person = \"active\" }", "when = { person = \"retired\" }", "[D010] "),
    (
        "when = { person = \"active\" }\nmembers",
        "when = { card = \"locked\" }\nmembers",
        "gap.when: ",
    ),
    ("[\"2\", \"30%\"]", "[\"1\", \"30%\"]", "gap.months[1]: "),
    ("[\"2\", \"30%\"]", "[\"13\", \"30%\"]", "gap.months[1][0]: "),
    ("2025-03-06]]", "2025-03-03]]", "district[0].outages[0]: "),
    ("2025-03-06]]", "2024-03-06]]", "district[0].outages[0][1]: "),
    ("[outage]\ndims = { network = \"offline\" }", "", "`outage` is missing"),
    ("age = 35", "age = 121", "cell[0].age: "),
    ("age = 35", "age = 35\nheight = 180", "cell[0].height: "),
    ("sex = \"male\"", "sex = \"mail\"", "did you mean `male`?"),
    ("chronic = \"5%\"", "chronic = \"105%\"", "cell[0].chronic: "),
    ("chronic = true", "chronic = \"yes\"", "visit[2].chronic: "),
    ("tolerance = \"2%\"", "tolerance = \"2\"", "target[0].tolerance: "),
    ("value = \"0.25\"", "value = \"a lot\"", "target[0].value: "),
    ("confidence = \"assumed\"", "confidence = \"sure\"", "target[0].confidence: "),
    ("[[target]]", "[[targets]]", "targets: "),
    ("[scenario]", "[scenario", "x.toml:3: "),
    ("income = \"48000.00\"", "income = \"48000.001\"", "scenario.facts.income: "),
];

#[test]
fn every_kind_of_bad_scenario_is_refused_at_its_key() {
    for (from, to, expected) in BAD {
        assert!(SAMPLE.contains(from), "{from}");
        let text = SAMPLE.replacen(from, to, 1);
        let fault = Scenario::read(&text, "x.toml").map(|_| ()).unwrap_err().to_string();
        assert!(fault.contains(expected), "{to}: {fault}");
        assert!(
            fault.starts_with("[D009] x.toml:") || fault.starts_with("[D010] x.toml:"),
            "{fault}"
        );
    }
}

/// What only the tables of the generator or the comparison with published figures would find.
#[test]
fn parts_that_cannot_be_together_are_refused_when_the_file_is_read() {
    let line = |text: &str, part: &str| {
        let before = text.split_once(part).unwrap().0;
        before.matches('\n').count() + 1
    };
    let healthy = ["5%", "10%", "40%"].iter().fold(SAMPLE.to_owned(), |text, share| {
        text.replacen(&format!("chronic = \"{share}\""), "chronic = \"0%\"", 1)
    });
    let figure = SAMPLE.replacen("inpatient.per_head", "inpatient.heads", 1);
    let value = SAMPLE.replacen("value = \"0.25\"", "value = \"3%\"", 1);
    let cases = [
        (&healthy, "per_head = \"0.12\"", "visit[2].per_head", "no member can have this visit"),
        (&figure, ".heads\"", "target[0].figure", "is not known"),
        (&value, "value = \"3%\"", "target[0].value", "is not a value of this figure"),
    ];
    for (text, part, key, said) in cases {
        let fault = Scenario::read(text, "x.toml").map(|_| ()).unwrap_err();
        assert_eq!(fault.place, format!("x.toml:{}: {key}", line(text, part)));
        assert!(fault.to_string().contains(said), "{fault}");
    }
}

#[test]
fn a_section_that_is_missing_is_named() {
    for section in ["scenario", "cell", "district", "visit", "item"] {
        let mut rest = String::new();
        let mut within = false;
        for line in SAMPLE.lines() {
            if line.starts_with('[') {
                let name = line.trim_matches(['[', ']']);
                within = name == section || name.starts_with(&format!("{section}."));
            }
            if !within {
                rest.push_str(line);
                rest.push('\n');
            }
        }
        let fault = Scenario::read(&rest, "x.toml").map(|_| ()).unwrap_err().to_string();
        assert!(fault.contains(&format!("`{section}` is missing")), "{fault}");
    }
}

#[test]
fn no_text_makes_the_reader_fall_over() {
    let deep = "[".repeat(20_000);
    let open = format!("a = {}", "{ a = ".repeat(5_000));
    for text in
        ["", "\u{0}\u{1}\u{7f}", "[[cell]]", "cell = 1", "scenario = []", &deep, &open, "= 医"]
    {
        let fault = Scenario::read(text, "x.toml").map(|_| ()).unwrap_err().to_string();
        assert!(fault.starts_with("[D009] x.toml:"), "{fault}");
    }
    // Every beginning of the sample, and the sample without each of its bytes.
    for end in (0..SAMPLE.len()).filter(|end| SAMPLE.is_char_boundary(*end)).step_by(7) {
        drop(Scenario::read(SAMPLE.get(..end).unwrap(), "x.toml"));
        let mut bytes = SAMPLE.as_bytes().to_vec();
        bytes.remove(end);
        drop(Scenario::read(&String::from_utf8_lossy(&bytes), "x.toml"));
    }
}

#[test]
fn a_cell_that_two_groups_describe_is_refused() {
    let more = "[[residence]]\nshare = \"100%\"\nwhen = {}\ndims = { category = \"local\" }\n";
    let fault = Scenario::read(&format!("{SAMPLE}\n{more}"), "x.toml").map(|_| ()).unwrap_err();
    assert!(fault.to_string().contains("described by 2 `when` of residence"), "{fault}");
}
