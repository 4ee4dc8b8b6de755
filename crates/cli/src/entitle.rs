//! What a member is entitled to, printed: standing over time, periods, windows, visits, amounts.

use std::fmt::Write;

use tongchou_core::rules::Span;
use tongchou_policy::Checked;
use tongchou_wire::response::{
    Classed, Entitled, FundStanding, Ground, Judged, Later, Levied, Running, Visit,
};

use crate::columns::{self, left, right};
use crate::shelf::Shelf;
use crate::slip::{percent, rule};
use crate::terms;
use crate::words::{self, Phrase};

/// Columns of the page.
const WIDTH: usize = 92;

/// The whole answer as text.
#[must_use]
pub fn entitled(answer: &Entitled, shelf: Shelf<'_>) -> String {
    let mut page = Page { text: String::new(), shelf, pack: shelf.pack(&answer.pack.id) };
    let title = shelf.say(words::ENTITLED);
    // Only levies and verdicts are of one day; everything else has days of its own.
    let dated = !answer.levies.is_empty() || !answer.verdicts.is_empty();
    let of = shelf.fill(words::ROWS_OF, "{d}", &answer.pack.date.to_string());
    let of = if dated { of } else { String::new() };
    let title = format!("{title}  {}  {of}", shelf.name(&answer.pack.id));
    let _ = writeln!(page.text, "{}", title.trim_end());
    page.text.push_str(&rule(WIDTH));
    page.table(words::STANDING, &answer.timeline, Page::interval);
    page.table(words::PERIODS, &answer.periods, Page::period);
    page.table(words::WINDOWS, &answer.windows, Page::window);
    page.section(words::VISITS, &answer.visits, Page::visit);
    page.section(words::LEVIES, &answer.levies, Page::levy);
    page.section(words::VERDICTS, &answer.verdicts, Page::verdict);
    let clauses = shelf.clauses(&[&answer.pack.id], &cited(answer));
    format!("{}{clauses}", page.text)
}

/// Every clause that the answer rests on.
fn cited(answer: &Entitled) -> Vec<&str> {
    let visits = || answer.visits.iter();
    let grounds = answer.timeline.iter().chain(visits().flat_map(|visit| &visit.dims));
    let mut cited: Vec<&str> = grounds.filter_map(|ground| ground.clause.as_deref()).collect();
    cited.extend(answer.periods.iter().map(|period| period.clause.as_str()));
    cited.extend(answer.windows.iter().map(|window| window.clause.as_str()));
    cited.extend(visits().filter_map(|visit| visit.clause.as_deref()));
    cited.extend(answer.levies.iter().map(|levy| levy.clause.as_str()));
    cited.extend(answer.verdicts.iter().map(|verdict| verdict.clause.as_str()));
    cited
}

struct Page<'a> {
    text: String,
    shelf: Shelf<'a>,
    pack: Option<&'a Checked>,
}

impl Page<'_> {
    fn title(&mut self, title: Phrase) {
        let blank = if self.text.lines().count() > 2 { "\n" } else { "" };
        let _ = writeln!(self.text, "{blank}{}", self.shelf.say(title));
    }

    fn section<T>(&mut self, title: Phrase, items: &[T], print: fn(&mut Self, &T)) {
        if !items.is_empty() {
            self.title(title);
        }
        for item in items {
            print(self, item);
        }
    }

    /// A section whose items are rows of one table.
    fn table<T>(&mut self, title: Phrase, items: &[T], cells: fn(&Self, &T) -> Vec<String>) {
        let mut rows: Vec<Vec<String>> = Vec::new();
        for item in items {
            let row = cells(self, item);
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        if !rows.is_empty() {
            self.title(title);
            self.text.push_str(&columns::table("  ", &rows));
        }
    }

    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{}", line.trim_end());
    }

    fn interval(&self, ground: &Ground) -> Vec<String> {
        let only = self.pack.map(|pack| self.shelf.only(&pack.pack.id, ground));
        let mut cells = self.shelf.cells(ground);
        cells.extend(only);
        cells
    }

    /// An event by its name and its key.
    fn event(&self, event: &str, id: Option<&str>) -> String {
        let name = self.shelf.event(event);
        id.map_or(name.to_owned(), |id| format!("{name} {id}"))
    }

    fn period(&self, running: &Running) -> Vec<String> {
        let shelf = self.shelf;
        let known = self.pack.and_then(|pack| {
            pack.pack.rules.periods.iter().find(|period| period.id == running.period)
        });
        let name = shelf.called(known.map(|period| &period.name), &running.period);
        let event = self.event(&running.event, running.id.as_deref());
        let last = if running.last.contains(' ') { words::LAST_MOMENT } else { words::LAST_DAY };
        let last = shelf.fill(last, "{d}", &running.last);
        let since = shelf.fill(words::SINCE, "{d}", &running.from);
        vec![name.to_owned(), event, since, last, format!("[{}]", running.clause)]
    }

    fn window(&self, classed: &Classed) -> Vec<String> {
        let shelf = self.shelf;
        let event = self.event(&classed.event, classed.id.as_deref());
        let verdict = if classed.accepted {
            let window = words::in_brackets(self.spell(&classed.window), shelf.lang);
            format!("{}{window}", shelf.say(words::ACCEPTED))
        } else {
            shelf.say(words::OUTSIDE).to_owned()
        };
        vec![classed.on.to_string(), event, verdict, format!("[{}]", classed.clause)]
    }

    /// What a window is called: after the period that it lasts, or else as the pack writes it.
    fn spell<'b>(&'b self, window: &'b str) -> &'b str {
        let rules = self.pack.map(|pack| &pack.pack.rules);
        let period = rules.and_then(|rules| {
            let known = rules.windows.iter().find(|known| known.id == window)?;
            let Span::After(_, period) = known.span else { return None };
            rules.periods.get(usize::from(period))
        });
        self.shelf.called(period.map(|period| &period.name), window)
    }

    fn visit(&mut self, visit: &Visit) {
        let shelf = self.shelf;
        let mut said = vec![shelf.say(match visit.fund_standing {
            FundStanding::Normal => words::FUND_PAYS,
            FundStanding::None => words::FUND_NOTHING,
        })];
        said.push(shelf.say(match visit.account {
            true => words::MAY_USE_ACCOUNT,
            false => words::NO_ACCOUNT,
        }));
        said.extend(visit.later.map(|later| shelf.say(afterwards(later))));
        let said = said.join(shelf.comma());
        let clause = visit.clause.as_ref().map_or(String::new(), |clause| format!("  [{clause}]"));
        self.line(&format!("  {}{said}{clause}", left(&visit.id, 18)));
        let rows: Vec<Vec<String>> = visit.dims.iter().map(|dim| shelf.cells(dim)).collect();
        self.text.push_str(&columns::table("    ", &rows));
    }

    fn levy(&mut self, levied: &Levied) {
        let shelf = self.shelf;
        let known = self
            .pack
            .and_then(|pack| pack.pack.rules.levies.iter().find(|levy| levy.id == levied.levy));
        let name = left(shelf.called(known.map(|levy| &levy.name), &levied.levy), 34);
        let months = match levied.months {
            1 => String::new(),
            n => format!(" × {}", shelf.fill(words::MONTHS, "{n}", &n.to_string())),
        };
        let sum = format!("{} × {}{months} =", levied.base, percent(levied.rate_ppm));
        let amount = right(&levied.amount.to_string(), 14);
        self.line(&format!("  {name}{}{amount}  [{}]", left(&sum, 34), levied.clause));
        self.line(&format!("    {}", levied.upper));
    }

    fn verdict(&mut self, judged: &Judged) {
        let shelf = self.shelf;
        let known = self.pack.and_then(|pack| {
            pack.pack.rules.verdicts.iter().find(|verdict| verdict.id == judged.verdict)
        });
        let name = shelf.called(known.map(|verdict| &verdict.name), &judged.verdict);
        self.line(&format!("  {name}  [{}]", judged.clause));
        for (key, result) in &judged.results {
            let result = terms::result(result, shelf.lang);
            let key = terms::result_name(key, shelf.lang);
            self.line(&format!("    {}{result}", left(key, 28)));
        }
    }
}

/// How a bill without the fund may be claimed, in words.
#[must_use]
pub fn afterwards(later: Later) -> Phrase {
    match later {
        Later::Manual => words::CHANNEL_MANUAL,
        Later::Recovery => words::CHANNEL_RECOVERY,
    }
}
