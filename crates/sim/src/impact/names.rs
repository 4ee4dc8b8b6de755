//! What two packs cite and pay from, in one order: clauses by id, layers by id and fund.

use tongchou_core::pack::Pack;

use super::{Clause, Layer};

/// Clauses and layers of both packs, and where each pack's own stand among them.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub clauses: Vec<Clause>,
    pub layers: Vec<Layer>,
    /// By pack.
    pub places: [Places; 2],
    /// Fund codes that fixed amounts are booked to.
    pub fixed: Vec<String>,
}

/// By a pack's own index.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    pub clauses: Vec<usize>,
    pub layers: Vec<u8>,
}

impl Names {
    /// The names of two packs: those of the first, then what only the second has.
    pub fn of(packs: [&Pack; 2]) -> Self {
        let mut names = Self::default();
        let Self { clauses, layers, places, fixed } = &mut names;
        for (pack, places) in packs.into_iter().zip(places) {
            for clause in &pack.clauses {
                let known = clauses.iter().position(|known| known.id == clause.id);
                places.clauses.push(known.unwrap_or(clauses.len()));
                if known.is_none() {
                    let (id, doc, text) = (&clause.id, &clause.doc, &clause.text);
                    clauses.push(Clause { id: id.clone(), doc: doc.clone(), text: text.clone() });
                }
            }
            for layer in &pack.layers {
                let alike = |known: &Layer| known.id == layer.id && known.fund == layer.fund;
                let known = layers.iter().position(alike);
                let place = known.unwrap_or(layers.len());
                // A pack has at most eight layers.
                places.layers.push(u8::try_from(place).unwrap_or(u8::MAX));
                if known.is_none() {
                    let (id, fund) = (layer.id.clone(), layer.fund.clone());
                    layers.push(Layer { id, fund, name: layer.name.clone() });
                }
            }
            let codes = pack.classify.fixed.iter().filter(|row| row.value.pays.is_some());
            for row in codes {
                if !fixed.contains(&row.value.fund) {
                    fixed.push(row.value.fund.clone());
                }
            }
        }
        names
    }
}
