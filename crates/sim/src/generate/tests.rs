//! What the generator promises: the same rows however the population is cut, and the means that
//! the scenario states.
#![expect(clippy::float_arithmetic, reason = "means are compared, not settled")]

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use tongchou_core::columns::flag;

use super::{Generator, curve};
use crate::batch::{Batch, mark};
use crate::scenario::Scenario;

const SAMPLE: &str = include_str!("../../fixtures/every-key.toml");

fn scenario(change: impl Fn(String) -> String) -> Scenario {
    Scenario::read(&change(SAMPLE.to_owned()), "every-key.toml").unwrap()
}

fn generator(seed: u64) -> Generator {
    Generator::new(&scenario(|text| text), seed).unwrap()
}

/// Every row of a person as text.
fn rows(batch: &Batch) -> Vec<(u64, String)> {
    let mut found: Vec<(u64, String)> = Vec::new();
    for (i, person) in batch.person.iter().enumerate() {
        let opening = batch.opening.get(i).copied().unwrap_or_default();
        let text = format!("{} {} {opening}\n", batch.person_who[i], batch.district[i]);
        found.push((*person, text));
    }
    for row in 0..batch.visits() {
        let (_, text) = &mut found[batch.member[row] as usize];
        let (day, nights, flags) = (batch.day[row], batch.nights[row], batch.flags[row]);
        let (who, what, balance) = (batch.who[row], batch.what[row], batch.balance[row]);
        writeln!(text, "  {day}+{nights} who {who} what {what} {flags:#010b} {balance}").unwrap();
        for line in batch.line_start[row] as usize..batch.line_start[row + 1] as usize {
            let (item, quantity, fee) = (batch.item[line], batch.quantity[line], batch.fee[line]);
            writeln!(text, "    {item} x {quantity}: {fee}").unwrap();
        }
    }
    found
}

#[test]
fn any_cut_of_the_population_gives_the_same_rows() {
    let generator = generator(7);
    let mut whole = Batch::default();
    generator.fill(100..700, &mut whole);
    assert!(whole.is_sound());
    // The same batch is used again, longer and shorter: nothing of before may be left.
    let mut batch = Batch::default();
    let mut cut = Vec::new();
    for range in [100..101, 101..400, 400..400, 400..403, 403..650, 650..700] {
        generator.fill(range, &mut batch);
        assert!(batch.is_sound());
        cut.extend(rows(&batch));
    }
    assert_eq!(cut, rows(&whole));
    // A neighbour's rows are another's business.
    generator.fill(555..556, &mut batch);
    assert_eq!(rows(&batch)[0], rows(&whole)[455]);
    let mut again = Batch::default();
    self::generator(7).fill(100..700, &mut again);
    assert_eq!(again, whole);
}

#[test]
fn another_seed_gives_other_members() {
    let (mut a, mut b) = (Batch::default(), Batch::default());
    generator(1).fill(0..200, &mut a);
    generator(2).fill(0..200, &mut b);
    let same = rows(&a).into_iter().zip(rows(&b)).filter(|(a, b)| a == b).count();
    assert!(same < 5, "{same}");
    // High numbers have streams of their own, too.
    generator(1).fill(1 << 32..(1 << 32) + 200, &mut b);
    let same = rows(&a).iter().zip(rows(&b)).filter(|(a, b)| a.1 == b.1).count();
    assert!(same < 5, "{same}");
}

/// Persons of the tests of means.
const PERSONS: u64 = 40_000;

/// A mean with what it should be; the bound is relative.
fn near(what: &str, found: f64, wanted: f64, bound: f64) {
    assert!((found / wanted - 1.0).abs() < bound, "{what}: {found} instead of {wanted}");
}

fn sum(values: impl Iterator<Item = i64>) -> f64 {
    curve::float(values.sum())
}

#[test]
fn the_population_has_the_means_of_the_scenario() {
    let (scenario, generator) = (scenario(|text| text), generator(3));
    let mut batch = Batch::default();
    generator.fill(0..PERSONS, &mut batch);
    let what: Vec<String> = generator.book().what.texts().map(str::to_owned).collect();
    for visit in &scenario.visits {
        let care = format!("care={}", visit.dims["care"]);
        let is = |row: &usize| what[usize::from(batch.what[*row])].contains(&care);
        let of: Vec<usize> = (0..batch.visits()).filter(is).collect();
        let count = curve::float(i64::try_from(of.len()).unwrap());
        let persons = curve::float(i64::try_from(PERSONS).unwrap());
        let wanted = curve::millionths(visit.per_head);
        // Few patients with many visits: the standard error is large.
        let bound = if visit.patients < 1_000_000 { 0.25 } else { 0.03 };
        near(&visit.id, count / persons, wanted, bound);
        let lines =
            |row: &usize| batch.line_start[*row] as usize..batch.line_start[row + 1] as usize;
        let fee = |row: &usize| batch.fee[lines(row)].iter().sum::<i64>();
        near(&visit.id, sum(of.iter().map(fee)) / count, curve::float(visit.cost), 0.03);
        let (fewest, most) = visit.lines;
        assert!(
            of.iter().all(|row| (fewest..=most).contains(&u8::try_from(lines(row).len()).unwrap()))
        );
        let stayed = of.iter().map(|row| i64::from(batch.nights[*row]));
        match visit.nights {
            None => near(&visit.id, 1.0 + sum(stayed), 1.0, 0.0001),
            Some((mean, _)) => near(&visit.id, sum(stayed) / count, curve::millionths(mean), 0.03),
        }
        let share =
            |bit: u8| sum(of.iter().map(|row| i64::from(batch.flags[*row] & bit != 0))) / count;
        if visit.id == "ward" {
            near("late", share(mark::LATE), 0.02 / 1.04, 0.2);
            near("transferred", share(flag::JOINS), 0.04 / 1.04, 0.2);
            near("taken back", share(flag::TAKEN_BACK), 0.01 * 0.96 / 1.04, 0.3);
        }
    }
    // Of 70 % active members 6 % have a gap; whose benefits stop shows at their visits.
    let frozen = batch.who.iter().map(|who| generator.book().who.text(*who).unwrap());
    let frozen = sum(frozen.map(|who| i64::from(who.contains("status=arrears"))));
    // In a month of the year chosen at random, a gap of n months freezes n frozen months, cut at
    // the end of the year: on the average (1·11.5/12 …) of the lengths below.
    let months = |length: f64| {
        let cut: f64 = (0..12).map(|start| length.min(f64::from(11 - start)).max(0.0)).sum();
        cut / 12.0
    };
    let mean = 0.5 * months(1.0) + 0.3 * months(2.0) + 0.2 * months(6.0);
    let active: f64 = sum(batch.member.iter().map(|member| {
        let who = generator.book().who.text(batch.person_who[*member as usize]).unwrap();
        i64::from(who.contains("person=active"))
    }));
    near("frozen", frozen / active, 0.06 * mean / 12.0, 0.25);
}

#[test]
fn members_have_the_sex_of_their_cells() {
    let mut batch = Batch::default();
    generator(3).fill(0..20_000, &mut batch);
    let count = |sex: u8| sum(batch.sex.iter().map(|it| i64::from(*it == sex)));
    assert_eq!((count(0), batch.sex.len()), (0.0, 20_000));
    near("male", count(1) / 20_000.0, 0.4, 0.03);
    near("female", count(2) / 20_000.0, 0.6, 0.03);
}

#[test]
fn visits_follow_each_other_and_stays_do_not_overlap() {
    let generator = generator(5);
    let mut batch = Batch::default();
    generator.fill(0..8_000, &mut batch);
    let (first, last) = (20_089, 20_089 + 364);
    let mut joined = 0;
    for row in 0..batch.visits() {
        let (day, end) = (batch.day[row], batch.day[row] + i32::from(batch.nights[row]));
        assert!(first <= day && end <= last, "row {row}");
        assert!(i32::from(batch.nights[row]) <= i32::from(curve::NIGHTS_MAX));
        let next = batch.member.get(row + 1) == Some(&batch.member[row]);
        let goes_on = batch.flags[row] & flag::GOES_ON != 0;
        assert!(next || !goes_on);
        if !next {
            continue;
        }
        let joins = batch.flags[row + 1] & (flag::JOINS | flag::TRANSFER);
        assert_eq!(goes_on, joins != 0);
        match goes_on {
            true => {
                assert_eq!((joins, batch.day[row + 1]), (flag::JOINS | flag::TRANSFER, end));
                assert_ne!(batch.what[row], batch.what[row + 1], "the level is another");
                joined += 1;
            }
            false if batch.nights[row] > 0 => assert!(end < batch.day[row + 1], "row {row}"),
            false => assert!(day <= batch.day[row + 1]),
        }
    }
    assert!(joined > 20, "{joined}");
    assert!(batch.fee.iter().all(|fee| *fee > 0) && batch.price.is_empty());
}

#[test]
fn an_outage_is_seen_on_its_days_in_its_district_only() {
    let generator = generator(11);
    let mut batch = Batch::default();
    generator.fill(0..20_000, &mut batch);
    let mut offline = 0;
    for row in 0..batch.visits() {
        let district = batch.district[batch.member[row] as usize];
        // 4 to 6 March.
        let out = district == 0 && (20_089 + 62..=20_089 + 64).contains(&batch.day[row]);
        let what = generator.book().what.text(batch.what[row]).unwrap();
        assert_eq!(what.contains("network=offline"), out, "row {row}: {what}");
        offline += u32::from(out);
    }
    assert!(offline > 100, "{offline}");
}

#[test]
fn accounts_are_credited_for_every_month_that_is_paid() {
    // Whoever visits on the last days has had twelve credits, less the months of a gap.
    let text = |text: String| text.replace("members = \"6%\"", "members = \"0%\"");
    let scenario = scenario(text);
    let generator = Generator::new(&scenario, 1).unwrap();
    let mut batch = Batch::default();
    generator.fill(0..3_000, &mut batch);
    let mut full = 0;
    for (member, opening) in batch.opening.iter().enumerate() {
        let who = generator.book().who.text(batch.person_who[member]).unwrap();
        let month = match who {
            _ if who.contains("retired") => 0,
            _ if who.contains("age=45") => 11_400,
            _ => 9_500,
        };
        assert_eq!(*opening > 0, month > 0, "{who}");
        let of = (0..batch.visits()).filter(|row| batch.member[*row] as usize == member);
        let of: Vec<usize> = of.collect();
        let credits: i64 = of.iter().map(|row| batch.balance[*row]).sum();
        let last = of.last().map(|row| batch.day[*row] - 20_089);
        let months = last.map_or(0, |day| i64::from(generator.month[day as usize]) + 1);
        assert_eq!(credits, month * months, "{who} {last:?}");
        full += u32::from(months == 12 && month > 0);
    }
    assert!(full > 100, "{full}");
}

#[test]
fn only_profiles_that_occur_are_in_the_book() {
    let generator = generator(1);
    let mut batch = Batch::default();
    let mut seen = [vec![0_u8; 100], vec![0; 100], vec![0; 100]];
    for block in 0..40 {
        generator.fill(block * 5_000..(block + 1) * 5_000, &mut batch);
        batch.who.iter().for_each(|who| seen[0][usize::from(*who)] = 1);
        batch.what.iter().for_each(|what| seen[1][usize::from(*what)] = 1);
        batch.item.iter().for_each(|item| seen[2][usize::from(*item)] = 1);
    }
    let book = generator.book();
    let seen = seen.map(|seen| seen.iter().map(|seen| usize::from(*seen)).sum::<usize>());
    assert_eq!((seen[0], seen[2]), (book.who.len(), book.item.len()));
    // Rare combinations of outage, referral and level may be missing among 200,000 members.
    assert!(seen[1] + 12 >= book.what.len(), "{} of {}", seen[1], book.what.len());
}

#[test]
fn tables_have_the_means_that_they_are_made_for() {
    for sigma in [0.0, 0.3, 0.9, 2.0, 3.0] {
        let table = curve::severities(sigma).unwrap();
        let sum: u64 = table.iter().map(|value| u64::from(*value)).sum();
        assert_eq!(sum, curve::STEPS as u64 * u64::from(curve::ONE));
        assert!(table.is_sorted());
    }
    for (mean, sigma) in [(1.0, 0.5), (8.6, 0.7), (8.6, 0.0), (60.0, 2.0)] {
        let table = curve::nights(mean, sigma).unwrap();
        let sum = sum(table.iter().map(|night| i64::from(*night)));
        near("nights", sum / 4_096.0, mean, 0.0002);
    }
    for (mean, spread) in [(0.01, 1.0), (7.2, 0.0), (7.2, 0.8), (160.0, 1.0), (500.0, 0.0)] {
        let counts = curve::counts(mean, spread).unwrap();
        let total: f64 = counts.iter().sum();
        let first: f64 = (0..).zip(&counts).map(|(n, p)| f64::from(n) * p).sum();
        near("probabilities", total, 1.0, 1e-8);
        near("mean", first, mean, 1e-6);
        let square: f64 = (0..).zip(&counts).map(|(n, p)| (f64::from(n) - mean).powi(2) * p).sum();
        near("variance", square, mean + spread * mean * mean, 1e-4);
    }
    assert!(curve::counts(601.0, 0.0).is_none() && curve::counts(500.0, 10.0).is_none());
}

#[test]
fn a_scenario_that_cannot_be_drawn_is_refused() {
    let refused = |changes: &[(&str, &str)], path: &str| {
        let change = |text: String, (from, to): &(&str, &str)| text.replacen(from, to, 1);
        let text = changes.iter().fold(SAMPLE.to_owned(), change);
        let fault = Scenario::read(&text, "x.toml").unwrap_err().to_string();
        assert!(fault.contains("[D009]") && fault.contains(path), "{fault}");
    };
    let all = ["chronic = \"5%\"", "chronic = \"10%\"", "chronic = \"40%\""];
    refused(&all.map(|part| (part, "")), "visit[2].per_head");
    refused(&[("per_head = \"0.12\"", "per_head = \"12\"")], "cell[0].use");
    let dear = [
        ("cost = \"9800.00\"\nsigma = \"0.8\"", "cost = \"900000.00\"\nsigma = \"3\""),
        ("share = \"10%\", cost = \"0.3\"", "share = \"10%\", cost = \"900\""),
    ];
    refused(&dear, "visit[1]");
}

#[test]
fn the_first_rows_of_a_seed_stay_as_they_are() {
    let generator = generator(1);
    let mut batch = Batch::default();
    generator.fill(0..500, &mut batch);
    let mut text = String::new();
    for (person, rows) in rows(&batch) {
        write!(text, "{person}: {rows}").unwrap();
    }
    let hash = Sha256::digest(text.as_bytes());
    let hash: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let first: Vec<&str> = text.lines().take(16).collect();
    let found = format!("{}\nhash of 500 members: {hash}\n", first.join("\n"));
    expect_test::expect![[r#"
        0: 8 0 0
          20112+0 who 8 what 0 0b00000000 0
            0 x 10000: 16458
            0 x 20000: 32916
            0 x 20000: 32916
            1 x 10000: 51101
            0 x 20000: 32916
            1 x 30000: 153303
          20159+0 who 8 what 4 0b00000000 0
            1 x 10000: 1801
            0 x 20000: 1160
            0 x 20000: 1160
            1 x 10000: 1801
            2 x 10000: 2339
            0 x 20000: 1160
          20178+0 who 8 what 6 0b00000000 0
        hash of 500 members: bad85581ac52bf9c
    "#]]
    .assert_eq(&found);
}
