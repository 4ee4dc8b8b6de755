//! Reading a type out of a parsed tree: a small deserializer whose code is shared by every type.
//!
//! Packs are read this way. It costs 15 KB of brotli less in WASM than the parser's own, which is
//! compiled anew for every type; what does not fit is named, but not where.

use core::fmt;

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use crate::json::Node;

/// What did not fit: a name of the type, never formatted from parts.
#[derive(Debug, PartialEq, Eq)]
struct Misfit(&'static str);

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Misfit {}

impl de::Error for Misfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self("a value that does not fit")
    }
    fn invalid_type(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self("a value of another type")
    }
    fn invalid_value(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self("a value out of range")
    }
    fn invalid_length(_: usize, _: &dyn de::Expected) -> Self {
        Self("a list of another length")
    }
    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self("an unknown name")
    }
    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self("an unknown field")
    }
    fn missing_field(field: &'static str) -> Self {
        Self(field)
    }
    fn duplicate_field(field: &'static str) -> Self {
        Self(field)
    }
}

/// Reads a type out of a node.
///
/// # Errors
/// What does not fit, in a few words or as the name of a field.
pub fn read<'t, T: serde::Deserialize<'t>>(node: &'t Node<'t>) -> Result<T, &'static str> {
    T::deserialize(Tree(node)).map_err(|Misfit(what)| what)
}

/// A node, to be read as a type.
#[derive(Clone, Copy)]
struct Tree<'t>(&'t Node<'t>);

const TYPE: Misfit = Misfit("a value of another type");

impl<'t> Tree<'t> {
    #[inline(never)]
    fn whole(self) -> Result<i64, Misfit> {
        match self.0 {
            Node::Number(digits) => digits.parse().map_err(|_| Misfit("not a whole number")),
            _ => Err(TYPE),
        }
    }
    #[inline(never)]
    fn text(self) -> Result<&'t str, Misfit> {
        match self.0 {
            Node::Text(text) => Ok(text),
            _ => Err(TYPE),
        }
    }
    #[inline(never)]
    fn list(self) -> Result<List<'t>, Misfit> {
        match self.0 {
            Node::List(items) => Ok(List(items.iter())),
            _ => Err(TYPE),
        }
    }
    #[inline(never)]
    fn fields(self) -> Result<Fields<'t>, Misfit> {
        match self.0 {
            Node::Object(pairs) => Ok(Fields { rest: pairs.iter(), value: None }),
            _ => Err(TYPE),
        }
    }
    #[inline(never)]
    fn choice(self) -> Result<Choice<'t>, Misfit> {
        match self.0 {
            Node::Text(name) => Ok(Choice(name, None)),
            Node::Object(pairs) => match pairs.as_slice() {
                [(name, node)] => Ok(Choice(name, Some(Tree(node)))),
                _ => Err(TYPE),
            },
            _ => Err(TYPE),
        }
    }
}

macro_rules! whole {
    ($($name:ident)+) => {
        $(fn $name<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Misfit> {
            visitor.visit_i64(self.whole()?)
        })+
    };
}

macro_rules! no {
    ($($name:ident($($arg:ty),*))+) => {
        $(fn $name<V: Visitor<'t>>(self, $(_: $arg,)* _: V) -> Result<V::Value, Misfit> {
            Err(TYPE)
        })+
    };
}

impl<'t> Deserializer<'t> for Tree<'t> {
    type Error = Misfit;

    whole! { deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8
    deserialize_u16 deserialize_u32 deserialize_u64 }
    no! { deserialize_any() deserialize_f32() deserialize_f64() deserialize_char()
    deserialize_bytes() deserialize_byte_buf() deserialize_unit()
    deserialize_unit_struct(&'static str) deserialize_map()
    deserialize_tuple_struct(&'static str, usize) }

    /// Unknown fields are refused by every type of a pack; only what is passed over as a whole
    /// comes here.
    fn deserialize_ignored_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_unit()
    }
    fn deserialize_bool<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Node::Bool(value) => visitor.visit_bool(*value),
            _ => Err(TYPE),
        }
    }
    fn deserialize_str<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_str(self.text()?)
    }
    fn deserialize_string<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_str(self.text()?)
    }
    fn deserialize_identifier<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_str(self.text()?)
    }
    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Node::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }
    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_seq<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_seq(self.list()?)
    }
    fn deserialize_tuple<V: Visitor<'t>>(self, len: usize, visitor: V) -> Result<V::Value, Misfit> {
        let list = self.list()?;
        if list.0.len() != len {
            return Err(TYPE);
        }
        visitor.visit_seq(list)
    }
    fn deserialize_struct<V: Visitor<'t>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_map(self.fields()?)
    }
    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_enum(self.choice()?)
    }
}

struct List<'t>(core::slice::Iter<'t, Node<'t>>);

impl<'t> SeqAccess<'t> for List<'t> {
    type Error = Misfit;
    fn next_element_seed<S: DeserializeSeed<'t>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Misfit> {
        self.0.next().map(|node| seed.deserialize(Tree(node))).transpose()
    }
}

struct Fields<'t> {
    rest: core::slice::Iter<'t, (std::borrow::Cow<'t, str>, Node<'t>)>,
    value: Option<Tree<'t>>,
}

impl<'t> Fields<'t> {
    #[inline(never)]
    fn next(&mut self) -> Option<&'t str> {
        let (key, node) = self.rest.next()?;
        self.value = Some(Tree(node));
        Some(key)
    }
}

impl<'t> MapAccess<'t> for Fields<'t> {
    type Error = Misfit;
    fn next_key_seed<S: DeserializeSeed<'t>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Misfit> {
        self.next().map(|key| seed.deserialize(key.into_deserializer())).transpose()
    }
    fn next_value_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Result<S::Value, Misfit> {
        seed.deserialize(self.value.take().ok_or(TYPE)?)
    }
}

struct Choice<'t>(&'t str, Option<Tree<'t>>);

impl<'t> EnumAccess<'t> for Choice<'t> {
    type Error = Misfit;
    type Variant = Content<'t>;
    fn variant_seed<S: DeserializeSeed<'t>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Content<'t>), Misfit> {
        Ok((seed.deserialize(self.0.into_deserializer())?, Content(self.1)))
    }
}

struct Content<'t>(Option<Tree<'t>>);

impl<'t> VariantAccess<'t> for Content<'t> {
    type Error = Misfit;
    fn unit_variant(self) -> Result<(), Misfit> {
        if self.0.is_none() { Ok(()) } else { Err(TYPE) }
    }
    fn newtype_variant_seed<S: DeserializeSeed<'t>>(self, seed: S) -> Result<S::Value, Misfit> {
        seed.deserialize(self.0.ok_or(TYPE)?)
    }
    fn tuple_variant<V: Visitor<'t>>(self, len: usize, visitor: V) -> Result<V::Value, Misfit> {
        self.0.ok_or(TYPE)?.deserialize_tuple(len, visitor)
    }
    fn struct_variant<V: Visitor<'t>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_map(self.0.ok_or(TYPE)?.fields()?)
    }
}
