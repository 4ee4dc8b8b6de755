//! A rate on an amount in words: an equation only where one holds to the fen, and where something
//! else came between, what that was.

use tongchou_core::pack::RoundAt;
use tongchou_policy::Checked;
use tongchou_wire::amount::Yuan;
use tongchou_wire::response::TraceEntry;

use crate::Language;
use crate::slip::percent;
use crate::words;

/// One whole, in parts per million.
const WHOLE: u32 = 1_000_000;

/// How an amount follows from a base and a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    /// It is their product, as the entry rounds it.
    Equal,
    /// A cap left so much and no more.
    Capped,
    /// The person's part was rounded, and it is the rest.
    Beside,
    /// The sum of the bands was rounded, and it is the part of this one.
    Summed,
    /// The share was taken of the whole fee, and no more than the fee within the limit remained.
    Held,
}

/// An amount with the base and the rate that it was taken at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Product {
    /// What the rate was taken of.
    pub base: Yuan,
    /// In parts per million.
    pub rate_ppm: u32,
    /// What it came to.
    pub amount: Yuan,
    /// How.
    pub follows: Follows,
}

impl Product {
    /// What a step of a settlement computed; none for a step without a rate or a payer.
    #[must_use]
    pub fn of(entry: &TraceEntry, trace: &[TraceEntry], pack: Option<&Checked>) -> Option<Self> {
        let rate_ppm = entry.rate_ppm.filter(|_| entry.payer.is_some())?;
        let rounds = |base: Yuan, rate| rounded(base, rate, entry.rounding.as_deref());
        let own =
            Self { base: entry.base, rate_ppm, amount: entry.amount, follows: Follows::Equal };
        let amount = Some(entry.amount.0);
        if rounds(own.base, rate_ppm) == amount {
            return Some(own);
        }
        if entry.step == "prepay" {
            let over = trace.iter().find(|e| e.step == "over_limit" && e.line == entry.line);
            let base = over.map_or(entry.base, |over| over.base);
            let equal = rounds(base, rate_ppm) == amount;
            let follows = if equal { Follows::Equal } else { Follows::Held };
            return Some(Self { base, follows, ..own });
        }
        let cap = |e: &&TraceEntry| {
            let here = e.step == "cap" && e.layer == entry.layer && e.rate_ppm.is_some();
            here && e.base == entry.amount
        };
        if trace.iter().any(|entry| cap(&entry)) {
            return Some(Self { follows: Follows::Capped, ..own });
        }
        let layers = pack.map(|p| p.pack.layers.as_slice()).unwrap_or_default();
        let layer = layers.iter().find(|layer| Some(&layer.id) == entry.layer.as_ref());
        let once = layer.is_some_and(|layer| layer.round == RoundAt::Bill);
        let person = rounds(own.base, WHOLE.saturating_sub(rate_ppm));
        let rest = person.and_then(|person| own.base.0.checked_sub(person));
        let beside = !once && rest == amount;
        Some(Self { follows: if beside { Follows::Beside } else { Follows::Summed }, ..own })
    }

    /// The two factors, and what stands between them and the amount.
    #[must_use]
    pub fn factors(&self, lang: Language) -> (String, &'static str) {
        let between = match self.follows {
            Follows::Equal => "",
            Follows::Capped => words::CAP_LEAVES.text(lang),
            Follows::Beside | Follows::Summed => " ≈",
            Follows::Held => words::HELD.text(lang),
        };
        (format!("{} × {}", self.base, percent(self.rate_ppm)), between)
    }

    /// The whole sentence.
    #[must_use]
    pub fn sentence(&self, lang: Language) -> String {
        let (factors, between) = self.factors(lang);
        let between = if self.follows == Follows::Equal { " =" } else { between };
        let why = match self.follows {
            Follows::Beside => words::in_brackets(words::PERSON_ROUNDED.text(lang), lang),
            Follows::Summed => words::in_brackets(words::SUM_ROUNDED.text(lang), lang),
            _ => String::new(),
        };
        format!("{factors}{between} {}{why}", self.amount)
    }
}

/// `base × rate` in whole fen; none for a rounding that is not known or an amount out of range.
fn rounded(base: Yuan, rate_ppm: u32, rounding: Option<&str>) -> Option<i64> {
    let whole = i128::from(WHOLE);
    let bias = match rounding {
        None | Some("half_up") => whole / 2,
        Some("down") => 0,
        Some("up") => whole - 1,
        Some(_) => return None,
    };
    let exact = i128::from(base.0) * i128::from(rate_ppm);
    i64::try_from((exact + bias).div_euclid(whole)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(step: &str, base: i64, rate_ppm: Option<u32>, amount: i64) -> TraceEntry {
        TraceEntry {
            step: step.into(),
            clause: "T-1".into(),
            layer: Some("pool".into()),
            line: Some("a".into()),
            base: Yuan(base),
            rate_ppm,
            rounding: Some("half_up".into()),
            amount: Yuan(amount),
            payer: (step != "cap").then(|| "fund".into()),
        }
    }

    fn said(entry: &TraceEntry, trace: &[TraceEntry]) -> [String; 2] {
        let product = Product::of(entry, trace, None);
        [Language::Zh, Language::En]
            .map(|lang| product.map_or_else(String::new, |product| product.sentence(lang)))
    }

    #[test]
    fn a_product_is_an_equation() {
        let band = entry("band", 2_935_000, Some(910_000), 2_670_850);
        assert_eq!(said(&band, &[]), ["29350.00 × 91% = 26708.50"; 2]);
        let up = TraceEntry { rounding: Some("up".into()), ..entry("band", 101, Some(10_000), 2) };
        assert_eq!(said(&up, &[]), ["1.01 × 1% = 0.02"; 2]);
        assert_eq!(said(&entry("band", 100, None, 100), &[]), [""; 2]);
    }

    #[test]
    fn what_a_cap_cuts_is_no_equation() {
        let band = entry("band", 12_441_181, Some(970_000), 5_565_101);
        let cap = entry("cap", 5_565_101, Some(970_000), 0);
        assert_eq!(
            said(&band, &[cap.clone(), band.clone()]),
            ["124411.81 × 97%，封顶余额 55651.01", "124411.81 × 97%, cap left 55651.01"]
        );
        // A cap that had room for the whole is not why.
        let whole = entry("band", 1_000, Some(970_000), 970);
        let room = entry("cap", 970, Some(970_000), 0);
        assert_eq!(said(&whole, &[room])[0], "10.00 × 97% = 9.70");
        // The cap of another layer says nothing here.
        let other = TraceEntry { layer: Some("large".into()), ..cap };
        assert!(!said(&band, &[other])[1].contains("cap"));
    }

    #[test]
    fn a_fen_that_rounding_moved_is_told_from_an_equation() {
        // 8.5 fen each: the person's is rounded up, so the fund has 8.
        let band = entry("band", 17, Some(500_000), 8);
        assert_eq!(
            said(&band, &[]),
            [
                "0.17 × 50% ≈ 0.08（个人部分先取整）",
                "0.17 × 50% ≈ 0.08 (the person's part is rounded)"
            ]
        );
        let band = entry("band", 101, Some(500_000), 52);
        assert_eq!(
            said(&band, &[]),
            [
                "1.01 × 50% ≈ 0.52（各段合计后取整）",
                "1.01 × 50% ≈ 0.52 (the bands are rounded together)"
            ]
        );
    }

    #[test]
    fn a_share_of_the_whole_fee_names_the_fee() {
        let over = TraceEntry { rate_ppm: None, ..entry("over_limit", 10_000, None, 2_000) };
        let share = entry("prepay", 8_000, Some(100_000), 1_000);
        assert_eq!(said(&share, std::slice::from_ref(&over)), ["100.00 × 10% = 10.00"; 2]);
        let over = TraceEntry { amount: Yuan(9_500), ..over };
        let share = entry("prepay", 500, Some(100_000), 500);
        assert_eq!(
            said(&share, &[over]),
            ["100.00 × 10%，限价以内只有 5.00", "100.00 × 10%, within the limit only 5.00"]
        );
    }
}
