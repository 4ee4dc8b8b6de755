//! `[[group]]`: layers whose payments together have one cap.

use tongchou_core::pack::{Cap, Scope};

use super::fields::{Fields, Words};
use super::rows::{Level, Rows};
use super::vocabulary::is_name;
use super::{LayerDraft, Note, Reader};
use crate::problem::{Near, Problem, Title};
use crate::source::Span;

pub(super) const PERS: &Words<Scope> = &[("bill", Scope::Bill), ("year", Scope::Year)];

/// A group as read.
#[derive(Debug)]
pub(crate) struct GroupDraft {
    pub(crate) span: Span,
    /// Its name; `None` if that was reported.
    pub(crate) id: Option<String>,
    /// Indices of its layers, ascending; `None` if one was reported.
    pub(crate) layers: Option<Vec<u8>>,
    pub(crate) clause: Option<u16>,
    pub(crate) cap: Rows<Cap>,
}

/// Names of layers and groups so far, and which group has which layer.
struct Taken {
    names: Vec<(String, Span)>,
    layers: Vec<(u8, String, Span)>,
}

impl Reader<'_> {
    pub(super) fn groups(self, root: &mut Fields<'_>, layers: &[LayerDraft]) -> Vec<GroupDraft> {
        let Some(field) = root.get("group") else { return Vec::new() };
        let rows = field.rows(self.out, &Title::new("[[group]]")).unwrap_or_default();
        let names = layers.iter().map(|layer| (layer.id.clone(), layer.id_span.clone())).collect();
        let mut taken = Taken { names, layers: Vec::new() };
        rows.into_iter().map(|fields| self.group(fields, layers, &mut taken)).collect()
    }

    fn group(self, mut fields: Fields<'_>, layers: &[LayerDraft], taken: &mut Taken) -> GroupDraft {
        let span = fields.span.clone();
        let id = self.group_id(&mut fields, taken);
        let members = self.members(&mut fields, layers, id.as_deref().unwrap_or_default(), taken);
        let clause = fields.need("clause", "\"…\"");
        let clause = clause.and_then(|f| self.names.clause(self.out, &f));
        let rows = fields.get("cap");
        fields.finish(self.out);
        let title = Title::of_group("[[group.cap]]", id.as_deref().unwrap_or_default());
        let cap = self.table(rows, title, Level::Bill, |fields| {
            let per = fields.need("per", "\"year\"").and_then(|f| f.word(self.out, PERS));
            let amount = fields.need("amount", "\"100000.00\"");
            let amount = amount.and_then(|f| f.money_or_none(self.out));
            Some(Cap { per: per?, amount: amount? })
        });
        GroupDraft { span, id, layers: members, clause, cap }
    }

    fn group_id(self, fields: &mut Fields<'_>, taken: &mut Taken) -> Option<String> {
        let field = fields.need("id", "\"pool_and_large\"")?;
        let id = field.text(self.out)?;
        if !is_name(id) {
            self.out.report(field.span, &Problem::BadName { text: id.to_owned() });
            return None;
        }
        if let Some((_, first)) = taken.names.iter().find(|(name, _)| name == id) {
            self.doubled(id, field.span, first.clone());
            return None;
        }
        taken.names.push((id.to_owned(), field.span));
        Some(id.to_owned())
    }

    /// The layers of a group, each known and in no other group.
    fn members(
        self,
        fields: &mut Fields<'_>,
        layers: &[LayerDraft],
        id: &str,
        taken: &mut Taken,
    ) -> Option<Vec<u8>> {
        let field = fields.need("layers", "[\"pool\", \"large\"]")?;
        let texts = field.texts(self.out)?;
        let count = texts.len();
        let mut members = Vec::new();
        for (text, span) in texts {
            let at = layers.iter().position(|layer| layer.id == text);
            let Some(at) = at.and_then(|at| u8::try_from(at).ok()) else {
                let near = Near::of(text, layers.iter().map(|layer| layer.id.as_str()));
                self.out.report(span, &Problem::UnknownLayer { name: text.to_owned(), near });
                continue;
            };
            let earlier = taken.layers.iter().find(|(layer, ..)| *layer == at);
            if let Some((_, group, first)) = earlier {
                let (layer, group) = (text.to_owned(), group.clone());
                let problem = Problem::GroupedTwice { layer, group };
                self.out.report_pair(span, &problem, first.clone(), Note::First);
                continue;
            }
            taken.layers.push((at, id.to_owned(), span));
            members.push(at);
        }
        if count < 2 {
            let problem = Problem::GroupOfOne { id: id.to_owned() };
            self.out.report(field.span, &problem);
            return None;
        }
        members.sort_unstable();
        (members.len() == count).then_some(members)
    }
}
