//! A value with its place, an object with its fields, and where refusals go.
//!
//! Reading does not stop at a fault: it is put down once, the value gets a stand-in, and
//! `read::message` hands out nothing while a fault is down. So a reader is a plain expression,
//! without an exit at every field.

use std::borrow::Cow;
use std::cell::OnceCell;

use crate::error::{Code, Refusal, cut, one_of};
use crate::json::Node;
use crate::path::Trail;

/// The first refusal met.
#[derive(Default)]
pub struct Sink(OnceCell<Refusal>);

impl Sink {
    /// The refusal put down, if any.
    pub fn into_refusal(self) -> Option<Refusal> {
        self.0.into_inner()
    }

    /// Puts a refusal down unless there is one.
    #[inline(never)]
    pub fn put(&self, code: Code, trail: &Trail<'_>, value: &str, expected: &str) {
        self.0.get_or_init(|| Refusal::new(code, trail.to_string(), cut(value), expected));
    }
}

/// A value of the message and where it stands.
pub struct At<'a> {
    pub node: &'a Node<'a>,
    pub trail: Trail<'a>,
    pub sink: &'a Sink,
}

impl<'a> At<'a> {
    /// Refuses this value.
    #[inline(never)]
    pub fn refuse(&self, code: Code, expected: &str) {
        match self.node {
            // Quotes tell "1" from 1 where that is what is wrong.
            Node::Text(text) if code == Code::WrongType => {
                self.refuse_value(code, &format!("\"{}\"", cut(text)), expected);
            }
            node => self.refuse_value(code, node.shown(), expected),
        }
    }

    /// Refuses this place for another reason than its own text.
    #[inline(never)]
    pub fn refuse_value(&self, code: Code, value: &str, expected: &str) {
        self.sink.put(code, &self.trail, value, expected);
    }

    /// The item of a list that this value is.
    pub fn item(&'a self, index: usize, node: &'a Node<'a>) -> Self {
        At { node, trail: self.trail.item(index), sink: self.sink }
    }

    /// The items of a list.
    pub fn items(&self) -> &'a [Node<'a>] {
        if let Node::List(items) = self.node {
            return items;
        }
        self.refuse(Code::WrongType, "a list");
        &[]
    }

    /// The fields of an object, which are still to be checked; see [`Fields::only`].
    pub fn fields(&'a self) -> Fields<'a> {
        let pairs: &[_] = match self.node {
            Node::Object(pairs) => pairs,
            _ => {
                self.refuse(Code::WrongType, "an object");
                &[]
            }
        };
        Fields { pairs, trail: &self.trail, sink: self.sink }
    }

    /// The fields of an object that has no others than `own`.
    pub fn fields_of(&'a self, own: &[&str]) -> Fields<'a> {
        let fields = self.fields();
        fields.only(own, &[]);
        fields
    }
}

/// Dimensions that an object may give, with their usual values.
pub type Dims = &'static [(&'static str, &'static [&'static str])];

/// An object of the contract. Its keys are distinct: the parser saw to that.
pub struct Fields<'a> {
    pairs: &'a [(Cow<'a, str>, Node<'a>)],
    pub trail: &'a Trail<'a>,
    pub sink: &'a Sink,
}

impl<'a> Fields<'a> {
    /// Refuses any field that is neither one of `own` nor one of `dims`.
    pub fn only(&self, own: &[&str], dims: Dims) {
        for (key, _) in self.pairs {
            let key: &str = key;
            if own.contains(&key) || dims.iter().any(|(dim, _)| *dim == key) {
                continue;
            }
            let known: Vec<&str> =
                own.iter().copied().chain(dims.iter().map(|(dim, _)| *dim)).collect();
            return self.refuse(Code::FieldUnknown, key, key, &one_of(key, &known));
        }
    }

    /// Refuses the field `name`, whether it is there or not.
    #[inline(never)]
    pub fn refuse(&self, code: Code, name: &str, value: &str, expected: &str) {
        self.sink.put(code, &self.trail.key(name), value, expected);
    }

    /// A field, if it is there.
    #[inline(never)]
    pub fn get(&self, name: &'a str) -> Option<At<'a>> {
        let (_, node) = self.pairs.iter().find(|(key, _)| key == name)?;
        Some(At { node, trail: self.trail.key(name), sink: self.sink })
    }

    /// A field that must be there; `expected` says what belongs in it.
    #[inline(never)]
    pub fn need(&self, name: &'a str, expected: &str) -> At<'a> {
        if let Some(at) = self.get(name) {
            return at;
        }
        self.refuse(Code::FieldMissing, name, name, expected);
        At { node: &NOTHING, trail: self.trail.key(name), sink: self.sink }
    }

    /// Every key with its value, where the keys are names of the caller's choosing.
    pub fn entries(&self) -> impl Iterator<Item = (&'a str, At<'a>)> {
        let (trail, sink) = (self.trail, self.sink);
        let at = move |key: &'a str, node| At { node, trail: trail.key(key), sink };
        self.pairs.iter().map(move |(key, node)| (&**key, at(key, node)))
    }
}

/// What stands in for a missing value; whatever reads it has been refused already.
static NOTHING: Node<'static> = Node::Null;
