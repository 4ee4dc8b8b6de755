//! The settlement slip: one bill on one screen, amounts in one column.

use std::fmt::Write;

use tongchou_core::upper::upper;
use tongchou_policy::Checked;
use tongchou_wire::amount::Yuan;
use tongchou_wire::response::{
    Amounts, Cancellation, FundStanding, LayerResult, Refunded, RefusalText, Settlement, TraceEntry,
};
use unicode_width::UnicodeWidthStr;

use crate::product::Product;
use crate::words::{self, Phrase};
use crate::{Language, explain};

/// Columns of a slip.
const WIDTH: usize = 64;

/// A settlement as a slip; bands are read from the trace.
#[must_use]
pub fn settled(settlement: &Settlement, pack: Option<&Checked>, lang: Language) -> String {
    let mut slip = Slip { text: String::new(), lang };
    let name = pack.map_or("", |p| pick(&p.pack.name, lang));
    let title = format!("{} {}", words::SLIP.text(lang), settlement.id);
    slip.spread(&title, &format!("{name} @ {}", settlement.pack.date));
    slip.rule();
    let a = &settlement.amounts;
    slip.bill(a);
    slip.rule();
    if settlement.fund_standing == FundStanding::None {
        slip.line(words::FUND_NONE.text(lang));
        if let Some(claim) = &settlement.claim {
            slip.amount(2, words::CLAIM.text(lang), claim.fund);
        }
    }
    if let Some(ordinal) = settlement.admission {
        slip.line(&words::ADMISSION.text(lang).replace('N', &ordinal.to_string()));
    }
    if a.in_scope.0 != 0 && settlement.fund_standing == FundStanding::Normal {
        slip.amount(0, words::DEDUCTIBLE.text(lang), a.deductible);
    }
    let trace = settlement.trace.as_deref().unwrap_or_default();
    for layer in settlement.layers.iter().filter(|layer| layer.entered.0 != 0) {
        slip.layer(layer, pack, trace);
    }
    if a.fixed.0 != 0 {
        slip.amount(0, words::FIXED.text(lang), a.fixed);
    }
    slip.rule();
    slip.payers(a);
    slip.amount(0, words::BALANCE.text(lang), settlement.balance);
    slip.rule();
    slip.upper(words::TOTAL_UPPER, a.total);
    slip.upper(words::CASH_UPPER, a.cash);
    slip.text
}

/// A cancellation as a slip.
#[must_use]
pub fn cancelled(cancellation: &Cancellation, pack: Option<&Checked>, lang: Language) -> String {
    let mut slip = Slip { text: String::new(), lang };
    let name = pack.map_or("", |p| pick(&p.pack.name, lang));
    let title = format!("{} {}", words::CANCELLED.text(lang), cancellation.id);
    slip.spread(&title, &format!("{name} @ {}", cancellation.pack.date));
    slip.rule();
    slip.bill(&cancellation.amounts);
    slip.rule();
    slip.payers(&cancellation.amounts);
    slip.amount(0, words::BALANCE.text(lang), cancellation.balance);
    slip.rule();
    slip.upper(words::TOTAL_UPPER, cancellation.amounts.total);
    slip.text
}

/// A refund as a slip.
#[must_use]
pub fn refunded(refund: &Refunded, pack: Option<&Checked>, lang: Language) -> String {
    let mut slip = Slip { text: String::new(), lang };
    let name = pack.map_or("", |p| pick(&p.pack.name, lang));
    let whole = refund.state.is_some();
    let title = if whole { words::WHOLE_REFUND } else { words::REFUND };
    slip.spread(&format!("{} {}", title.text(lang), refund.id), name);
    slip.rule();
    slip.spread(words::REFUND_OF.text(lang), &refund.of);
    let person = Yuan(refund.cash.0.saturating_add(refund.account.0));
    let others = refund.fund.0.saturating_add(refund.hospital.0);
    slip.amount(0, words::REFUNDED_NOW.text(lang), Yuan(person.0.saturating_add(others)));
    slip.present(2, words::TO_FUND, refund.fund);
    slip.present(2, words::TO_HOSPITAL, refund.hospital);
    slip.amount(2, words::TO_PERSON.text(lang), person);
    slip.amount(4, words::IN_CASH.text(lang), refund.cash);
    slip.amount(4, words::TO_ACCOUNT.text(lang), refund.account);
    slip.present(6, words::MUTUAL_AID, refund.mutual_aid);
    slip.amount(0, words::BALANCE.text(lang), refund.balance);
    slip.rule();
    slip.line(words::SO_FAR.text(lang));
    slip.amount(2, words::CASH_PART.text(lang), refund.refunded.cash);
    slip.amount(2, words::ACCOUNT_PART.text(lang), refund.refunded.account);
    if let Some(rest) = &refund.rest {
        slip.spread(words::REST.text(lang), rest);
    }
    let password = if refund.password_required { words::PASSWORD } else { words::NO_PASSWORD };
    slip.line(password.text(lang));
    let clauses = pack.map(|p| p.pack.clauses.as_slice()).unwrap_or_default();
    match clauses.iter().find(|clause| clause.id == refund.clause) {
        Some(clause) => slip.line(&explain::cite(clause, lang)),
        None => slip.spread(words::BASIS.text(lang), &refund.clause),
    }
    slip.rule();
    slip.upper(words::REFUND_UPPER, person);
    slip.text
}

/// A refusal: what, where, what to do.
#[must_use]
pub fn refused(refusal: &RefusalText, lang: Language) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{} [{}] {}", words::REFUSED.text(lang), refusal.code, refusal.message);
    let colon = words::colon(lang);
    let _ = writeln!(text, "  {}{colon}{}", words::AT.text(lang), refusal.path);
    let _ = writeln!(text, "  {}{colon}{}", words::HELP.text(lang), refusal.help);
    text
}

/// A text of a pack in a language.
#[must_use]
pub fn pick(text: &tongchou_core::pack::Text, lang: Language) -> &str {
    match lang {
        Language::Zh => &text.zh,
        Language::En => &text.en,
    }
}

/// A rate in percent, as short as it is exact.
#[must_use]
pub fn percent(ppm: u32) -> String {
    let (whole, part) = (ppm / 10_000, ppm % 10_000);
    if part == 0 {
        return format!("{whole}%");
    }
    let text = format!("{whole}.{part:04}");
    format!("{}%", text.trim_end_matches('0'))
}

/// A line across the page.
#[must_use]
pub fn rule(width: usize) -> String {
    format!("{}\n", "─".repeat(width))
}

struct Slip {
    text: String,
    lang: Language,
}

impl Slip {
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.text, "{text}");
    }

    fn rule(&mut self) {
        self.text.push_str(&rule(WIDTH));
    }

    /// Two texts at the two ends of a line.
    fn spread(&mut self, left: &str, right: &str) {
        let gap = WIDTH.saturating_sub(left.width() + right.width()).max(1);
        let line = format!("{left}{}{right}", " ".repeat(gap));
        self.line(line.trim_end());
    }

    fn amount(&mut self, indent: usize, label: &str, amount: Yuan) {
        let label = format!("{}{label}", " ".repeat(indent));
        self.spread(&label, &amount.to_string());
    }

    fn present(&mut self, indent: usize, label: Phrase, amount: Yuan) {
        if amount.0 != 0 {
            self.amount(indent, label.text(self.lang), amount);
        }
    }

    fn upper(&mut self, label: Phrase, amount: Yuan) {
        self.spread(label.text(self.lang), &upper(amount.0));
    }

    fn bill(&mut self, a: &Amounts) {
        self.amount(0, words::TOTAL.text(self.lang), a.total);
        self.amount(2, words::FULL_SELF.text(self.lang), a.full_self);
        self.present(2, words::OVER_LIMIT, a.over_limit);
        self.amount(2, words::PREPAY.text(self.lang), a.prepay);
        self.amount(2, words::IN_SCOPE.text(self.lang), a.in_scope);
        self.present(2, words::FIXED, a.fixed);
        self.present(2, words::FIXED_SELF, a.fixed_self);
    }

    fn payers(&mut self, a: &Amounts) {
        self.amount(0, words::FUND.text(self.lang), a.fund);
        self.present(0, words::HOSPITAL, a.hospital);
        self.amount(0, words::PERSON.text(self.lang), a.person);
        self.amount(2, words::ACCOUNT.text(self.lang), a.account);
        self.present(4, words::MUTUAL_AID, a.mutual_aid);
        self.amount(2, words::CASH.text(self.lang), a.cash);
    }

    /// A layer: its bands, what it paid and what its cap cut off.
    fn layer(&mut self, layer: &LayerResult, pack: Option<&Checked>, trace: &[TraceEntry]) {
        let lang = self.lang;
        let found = pack.and_then(|p| p.pack.layers.iter().find(|l| l.id == layer.id));
        let name = found.map_or(layer.id.as_str(), |l| pick(&l.name, lang));
        self.amount(0, &format!("{name} {}", words::PAID.text(lang)), layer.paid);
        let own = |entry: &&TraceEntry| {
            entry.step == "band" && entry.layer.as_deref() == Some(layer.id.as_str())
        };
        for band in trace.iter().filter(own) {
            let product = Product::of(band, trace, pack);
            let (factors, between) = product.map(|p| p.factors(lang)).unwrap_or_default();
            let label = format!("{} {factors}{between}", words::BAND.text(lang));
            let shown = format!("{label}  [{}]", band.clause);
            self.spread(&format!("    {shown}"), &format!("{}            ", band.amount));
        }
        if layer.capped {
            let label = words::CAPPED.text(lang);
            self.spread(&format!("    {label}"), &format!("{}            ", layer.over));
        }
    }
}
