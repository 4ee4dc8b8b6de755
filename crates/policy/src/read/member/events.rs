//! `[event]`, `[contribution]`, `[period]`, `[calendar]`, `[[window]]`.

use tongchou_core::calendar::Day;
use tongchou_core::pack::Text;
use tongchou_core::rules::{
    Calendar, End, Event, Period, Selection, Span as Open, Turn, Unit, Window,
};

use super::{
    CalendarDraft, Contribution, EventDraft, PeriodDraft, WindowDraft, event, period, position,
};
use crate::problem::{Near, Problem, Title};
use crate::read::fields::{Field, Fields, Words};
use crate::read::head::month_and_day;
use crate::read::vocabulary::{Named, VALUES_MAX, is_name, lawful_name, named, value_indices};
use crate::read::{Note, Reader};
use crate::source::Span;

pub(in crate::read) const TURNS: &Words<Turn> = &[
    ("start", Turn::Start),
    ("restart", Turn::Restart),
    ("stop", Turn::Stop),
    ("missed", Turn::Missed),
    ("made_up", Turn::MadeUp),
];
pub(in crate::read) const UNITS: &Words<Unit> = &[
    ("minute", Unit::Minute),
    ("hour", Unit::Hour),
    ("day", Unit::Day),
    ("workday", Unit::Workday),
    ("month", Unit::Month),
    ("calendar_month", Unit::CalendarMonth),
];
pub(in crate::read) const ENDS: &Words<End> =
    &[("inclusive", End::Inclusive), ("first_free", End::FirstFree)];

/// Most windows: an index fits a byte, and one value means outside all of them.
const WINDOWS_MAX: usize = 255;

impl Reader<'_> {
    pub(super) fn events(self, root: &mut Fields<'_>) -> Vec<Named<EventDraft>> {
        let Some(field) = root.get("event") else { return Vec::new() };
        named(self.out, &field, |field| self.event(field))
    }

    fn event(self, field: &Field<'_>) -> Option<EventDraft> {
        let out = self.out;
        let lawful = lawful_name(out, field);
        let mut fields = field.fields(out, Title::new(&format!("[event.{}]", field.key)))?;
        let name = fields.need("name", "{ zh = \"…\", en = \"…\" }").and_then(|f| f.name(out));
        let turn = fields.get("turn");
        let span = turn.as_ref().map(|f| f.span.clone());
        let turn = turn.map_or(Some(None), |f| f.word(out, TURNS).map(Some));
        let reasons = fields.get("reasons").map_or(Some(Vec::new()), |f| {
            let texts = f.texts(out)?;
            if VALUES_MAX < texts.len() {
                let (name, count) = (field.key.to_owned(), texts.len());
                out.report(f.span.clone(), &Problem::TooManyValues { name, count });
                return None;
            }
            Some(texts.into_iter().map(|(text, _)| text.to_owned()).collect())
        });
        let selects = fields.get("selects");
        let selects = selects.map_or(Some(None), |f| self.selection(&f).map(Some));
        let clause = self.cited(&mut fields);
        fields.finish(out);
        let event = Event {
            id: field.key.to_owned(),
            name: name?,
            turn: turn?,
            reasons: reasons?,
            selects: selects?,
            clause: clause?,
        };
        lawful.then_some(EventDraft { event, turn: span })
    }

    fn selection(self, field: &Field<'_>) -> Option<Selection> {
        let out = self.out;
        let mut fields = field.fields(out, Title::new("`selects`"))?;
        let small = |f: &Field<'_>| f.count(out, 0..256).and_then(|n| u8::try_from(n).ok());
        let least = fields.need("least", "1").and_then(|f| small(&f));
        let most = fields.need("most", "4").and_then(|f| Some((small(&f)?, f.span)));
        let levels = fields.get("levels").map_or(Some(Vec::new()), |f| {
            let texts = f.texts(out)?;
            if let Some((_, dim)) = self.names.dim_named("level") {
                value_indices(out, "level", &dim.values, &texts)?;
            }
            Some(texts.into_iter().map(|(text, _)| text.to_owned()).collect())
        });
        fields.finish(out);
        let (least, (most, span), levels) = (least?, most?, levels?);
        if most < least {
            let (least, most) = (i64::from(least), i64::from(most));
            out.report(span, &Problem::SelectsOrder { least, most });
            return None;
        }
        Some(Selection { least, most, levels })
    }

    pub(super) fn contribution(self, root: &mut Fields<'_>) -> Option<Contribution> {
        let field = root.get("contribution")?;
        let mut fields = field.fields(self.out, Title::new("[contribution]"))?;
        let cutoff_day = fields.need("cutoff_day", "23").and_then(|f| f.count(self.out, 1..29));
        let cutoff_day = cutoff_day.and_then(|day| u8::try_from(day).ok());
        let clause = self.cited(&mut fields);
        fields.finish(self.out);
        Some(Contribution { cutoff_day, clause })
    }

    pub(super) fn periods(
        self,
        root: &mut Fields<'_>,
        events: &[Named<EventDraft>],
    ) -> Vec<Named<PeriodDraft>> {
        let Some(field) = root.get("period") else { return Vec::new() };
        named(self.out, &field, |field| self.period(field, events))
    }

    fn period(self, field: &Field<'_>, events: &[Named<EventDraft>]) -> Option<PeriodDraft> {
        let out = self.out;
        let lawful = lawful_name(out, field);
        let mut fields = field.fields(out, Title::new(&format!("[period.{}]", field.key)))?;
        let own = || Text { zh: field.key.to_owned(), en: field.key.to_owned() };
        let name = fields.get("name").map_or_else(|| Some(own()), |f| f.name(out));
        let runs = fields.get("from_event");
        let runs = runs.map_or(Some(None), |f| event(out, events, &f).map(Some));
        let n = fields.need("n", "3").and_then(|f| f.count(out, 1..65_536));
        let unit = fields.need("unit", "\"day\"");
        let unit = unit.and_then(|f| Some((f.word(out, UNITS)?, f.span)));
        let count_start = fields.need("count_start", "false").and_then(|f| f.flag(out));
        let end = fields.need("end", "\"inclusive\"");
        let end = end.and_then(|f| Some((f.word(out, ENDS)?, f.span)));
        let roll = fields.get("roll");
        let roll = roll.map_or(Some((false, 0..0)), |f| Some((f.flag(out)?, f.span)));
        let clause = self.cited(&mut fields);
        fields.finish(out);
        let ((unit, unit_span), (end, end_span), (roll, roll_span)) = (unit?, end?, roll?);
        if unit == Unit::CalendarMonth && end == End::FirstFree {
            out.report(end_span, &Problem::FirstFree {});
            return None;
        }
        let works = if unit == Unit::Workday { Some(unit_span) } else { roll.then_some(roll_span) };
        let period = Period {
            id: field.key.to_owned(),
            name: name?,
            event: runs?,
            n: u16::try_from(n?).ok()?,
            unit,
            count_start: count_start?,
            end,
            roll,
            clause: clause?,
        };
        lawful.then_some(PeriodDraft { period, works })
    }

    pub(super) fn calendar(self, root: &mut Fields<'_>) -> Option<CalendarDraft> {
        let out = self.out;
        let field = root.get("calendar")?;
        let mut fields = field.fields(out, Title::new("[calendar]"))?;
        let from = fields.need("from", "2025-01-01").and_then(|f| f.day(out));
        let to = fields.need("to", "2025-12-31").and_then(|f| Some((f.day(out)?, f.span)));
        let [off, on] = ["off", "on"].map(|key| {
            let field = fields.get(key);
            field.map_or(Some(Vec::new()), |f| self.days(&f))
        });
        let clause = self.cited(&mut fields);
        fields.finish(out);
        let (whole, off, on) = (off.is_some() && on.is_some(), off, on);
        let (off, on) = (off.unwrap_or_default(), on.unwrap_or_default());
        let sorted = |days: &[(Day, Span)]| {
            let mut days: Vec<Day> = days.iter().map(|(day, _)| *day).collect();
            days.sort_unstable();
            days
        };
        let calendar = from.zip(to).zip(clause).and_then(|((from, (to, span)), clause)| {
            if to < from {
                out.report(span, &Problem::FromAfterTo { from, to });
                return None;
            }
            let calendar = Calendar { from, to, off: sorted(&off), on: sorted(&on), clause };
            whole.then_some(calendar)
        });
        Some(CalendarDraft { calendar, off, on })
    }

    /// Days of a list, each once.
    fn days(self, field: &Field<'_>) -> Option<Vec<(Day, Span)>> {
        if field.value.as_array().is_some_and(|list| list.is_empty()) {
            return Some(Vec::new());
        }
        let mut days: Vec<(Day, Span)> = Vec::new();
        let mut whole = true;
        for element in field.list(self.out)? {
            let Some(day) = element.day(self.out) else {
                whole = false;
                continue;
            };
            if let Some((_, first)) = days.iter().find(|(earlier, _)| *earlier == day) {
                let problem = Problem::ListedTwice { name: crate::problem::day_text(day) };
                self.out.report_pair(element.span, &problem, first.clone(), Note::First);
                whole = false;
            } else {
                days.push((day, element.span));
            }
        }
        whole.then_some(days)
    }

    pub(super) fn windows(
        self,
        root: &mut Fields<'_>,
        events: &[Named<EventDraft>],
        periods: &[Named<PeriodDraft>],
    ) -> Vec<WindowDraft> {
        let title = Title::new("[[window]]");
        let rows = root.get("window").and_then(|field| field.rows(self.out, &title));
        let rows = rows.unwrap_or_default();
        if let Some(fields) = rows.get(WINDOWS_MAX) {
            let problem = Problem::TooManyRows { title, count: rows.len() };
            self.out.report(fields.span.clone(), &problem);
        }
        let mut windows: Vec<WindowDraft> = Vec::new();
        for fields in rows {
            let (draft, id_span) = self.window(fields, events, periods);
            let same = |other: &&WindowDraft| (&other.id, other.event) == (&draft.id, draft.event);
            if let Some(first) = windows.iter().find(same).filter(|_| !draft.id.is_empty()) {
                self.doubled(&draft.id, id_span, first.span.clone());
            }
            windows.push(draft);
        }
        windows
    }

    fn window(
        self,
        mut fields: Fields<'_>,
        events: &[Named<EventDraft>],
        periods: &[Named<PeriodDraft>],
    ) -> (WindowDraft, Span) {
        let (out, span) = (self.out, fields.span.clone());
        let id = fields.need("id", "\"main\"");
        let id_span = id.as_ref().map_or(span.clone(), |f| f.span.clone());
        let id = id.and_then(|f| {
            let text = f.text(out)?;
            if !is_name(text) || text == OUTSIDE_WORD {
                out.report(f.span.clone(), &Problem::BadName { text: text.to_owned() });
                return None;
            }
            Some(text.to_owned())
        });
        let of = fields.need("event", "\"…\"").and_then(|f| event(out, events, &f));
        let open = self.open(&mut fields, events, periods);
        let known = of.and_then(|at| events.get(usize::from(at))?.item.as_ref());
        let reasons = fields.get("reasons").map_or(Some(Vec::new()), |f| {
            let texts = f.text_or_texts(out)?;
            reasons(out, &known?.event, &texts)
        });
        let clause = self.cited(&mut fields);
        fields.finish(out);
        let named = id.clone().unwrap_or_default();
        let item = || {
            let (id, event, span) = (id?, of?, open?);
            Some(Window { id, event, span, reasons: reasons?, clause: clause? })
        };
        (WindowDraft { id: named, span, event: of, item: item() }, id_span)
    }

    /// When a window is open: between two days of each year, for a period after an event, always.
    fn open(
        self,
        fields: &mut Fields<'_>,
        events: &[Named<EventDraft>],
        periods: &[Named<PeriodDraft>],
    ) -> Option<Open> {
        let out = self.out;
        let yearly = ["from", "to"].map(|key| fields.get(key));
        let after = ["after", "lasts"].map(|key| fields.get(key));
        let first = |pair: &[Option<Field<'_>>; 2]| {
            pair.iter().flatten().next().map(|field| field.key_span.clone())
        };
        match (first(&yearly), first(&after)) {
            (Some(_), Some(span)) => {
                out.report(span, &Problem::WindowForms {});
                None
            }
            (Some(_), None) => {
                let [from, to] = [fields.need("from", "\"09-01\""), fields.need("to", "\"12-20\"")];
                let from = from.and_then(|f| month_and_day(out, &f));
                let to = to.and_then(|f| month_and_day(out, &f));
                Some(Open::Yearly(from?, to?))
            }
            (None, Some(_)) => {
                let [after, lasts] =
                    [fields.need("after", "\"EVENT\""), fields.need("lasts", "\"PERIOD\"")];
                let after = after.and_then(|f| event(out, events, &f));
                let lasts = lasts.and_then(|f| period(out, periods, &f));
                Some(Open::After(after?, lasts?))
            }
            (None, None) => Some(Open::Always),
        }
    }
}

/// The class of an event in no window, which no window may be called.
pub(super) const OUTSIDE_WORD: &str = "outside";

/// Indices of reasons of an event, sorted; unknown ones are reported.
fn reasons(
    out: &crate::read::Findings<'_>,
    event: &Event,
    texts: &[(&str, Span)],
) -> Option<Vec<u8>> {
    let mut indices = Vec::new();
    for (text, span) in texts {
        let found = position(event.reasons.iter().map(String::as_str), text);
        if let Some(at) = found.and_then(|at| u8::try_from(at).ok()) {
            indices.push(at);
        } else {
            let near = Near::of(text, event.reasons.iter().map(String::as_str));
            let (event, name) = (event.id.clone(), (*text).to_owned());
            out.report(span.clone(), &Problem::UnknownReason { event, name, near });
        }
    }
    indices.sort_unstable();
    (indices.len() == texts.len()).then_some(indices)
}
