//! Writing a type as compact JSON: a small serializer whose code is shared by every type.
//!
//! It writes what the contract's types consist of and nothing else, to the same bytes as
//! `serde_json`, which would be compiled anew for every type in WASM.

use core::fmt::{self, Write};

use serde::ser::{
    self, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, Serializer,
};

/// A type that the contract does not use. Tests write every type of it.
#[derive(Debug)]
struct Never;

impl fmt::Display for Never {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Never {}

impl ser::Error for Never {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// The compact JSON text of a value of the contract; empty for any other type.
pub fn json(value: &impl Serialize) -> String {
    let mut out = Out(String::new());
    match value.serialize(&mut out) {
        Ok(()) => out.0,
        Err(Never) => String::new(),
    }
}

/// Text being written.
struct Out(String);

impl Out {
    #[inline(never)]
    fn text(&mut self, text: &str) {
        self.0.push('"');
        self.escaped(text);
        self.0.push('"');
    }

    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '"' => self.0.push_str("\\\""),
                '\\' => self.0.push_str("\\\\"),
                '\n' => self.0.push_str("\\n"),
                '\r' => self.0.push_str("\\r"),
                '\t' => self.0.push_str("\\t"),
                '\u{8}' => self.0.push_str("\\b"),
                '\u{c}' => self.0.push_str("\\f"),
                '\0'..' ' => {
                    let _ = write!(self.0, "\\u{:04x}", u32::from(c));
                }
                c => self.0.push(c),
            }
        }
    }

    #[inline(never)]
    fn whole(&mut self, n: i64) {
        let _ = write!(self.0, "{n}");
    }

    #[inline(never)]
    fn key(&mut self, key: &str) {
        self.comma();
        self.text(key);
        self.0.push(':');
    }

    #[inline(never)]
    fn comma(&mut self) {
        if !self.0.ends_with(['{', '[']) {
            self.0.push(',');
        }
    }
}

macro_rules! whole {
    ($($name:ident $type:ty),+) => {
        $(fn $name(self, n: $type) -> Result<(), Never> {
            self.whole(i64::from(n));
            Ok(())
        })+
    };
}

impl<'o> Serializer for &'o mut Out {
    type Ok = ();
    type Error = Never;
    type SerializeSeq = Inside<'o>;
    type SerializeTuple = Impossible<(), Never>;
    type SerializeTupleStruct = Impossible<(), Never>;
    type SerializeTupleVariant = Impossible<(), Never>;
    type SerializeMap = Inside<'o>;
    type SerializeStruct = Inside<'o>;
    type SerializeStructVariant = Impossible<(), Never>;

    whole! { serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64,
    serialize_u8 u8, serialize_u16 u16, serialize_u32 u32 }

    fn serialize_bool(self, v: bool) -> Result<(), Never> {
        self.0.push_str(if v { "true" } else { "false" });
        Ok(())
    }
    fn serialize_u64(self, _: u64) -> Result<(), Never> {
        Err(Never)
    }
    fn serialize_f32(self, _: f32) -> Result<(), Never> {
        Err(Never)
    }
    fn serialize_f64(self, _: f64) -> Result<(), Never> {
        Err(Never)
    }
    fn serialize_char(self, _: char) -> Result<(), Never> {
        Err(Never)
    }
    fn serialize_str(self, v: &str) -> Result<(), Never> {
        self.text(v);
        Ok(())
    }
    fn serialize_bytes(self, _: &[u8]) -> Result<(), Never> {
        Err(Never)
    }
    fn serialize_none(self) -> Result<(), Never> {
        self.serialize_unit()
    }
    fn serialize_some<T: ?Sized + Serialize>(self, v: &T) -> Result<(), Never> {
        v.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Never> {
        self.0.push_str("null");
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Never> {
        self.serialize_unit()
    }
    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
    ) -> Result<(), Never> {
        self.text(name);
        Ok(())
    }
    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        v: &T,
    ) -> Result<(), Never> {
        v.serialize(self)
    }
    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Never> {
        Err(Never)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Inside<'o>, Never> {
        self.0.push('[');
        Ok(Inside(self, ']'))
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Never> {
        Err(Never)
    }
    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Never> {
        Err(Never)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Never> {
        Err(Never)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Inside<'o>, Never> {
        self.0.push('{');
        Ok(Inside(self, '}'))
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Inside<'o>, Never> {
        self.0.push('{');
        Ok(Inside(self, '}'))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Never> {
        Err(Never)
    }
    fn collect_str<T: ?Sized + fmt::Display>(self, v: &T) -> Result<(), Never> {
        // Amounts, dates and measures: no character that needs an escape.
        let _ = write!(self.0, "\"{v}\"");
        Ok(())
    }
}

/// A list or an object being written.
struct Inside<'o>(&'o mut Out, char);

impl SerializeSeq for Inside<'_> {
    type Ok = ();
    type Error = Never;
    fn serialize_element<T: ?Sized + Serialize>(&mut self, v: &T) -> Result<(), Never> {
        self.0.comma();
        v.serialize(&mut *self.0)
    }
    fn end(self) -> Result<(), Never> {
        self.0.0.push(self.1);
        Ok(())
    }
}

impl SerializeMap for Inside<'_> {
    type Ok = ();
    type Error = Never;
    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), Never> {
        self.0.comma();
        key.serialize(&mut *self.0)
    }
    fn serialize_value<T: ?Sized + Serialize>(&mut self, v: &T) -> Result<(), Never> {
        self.0.0.push(':');
        v.serialize(&mut *self.0)
    }
    fn end(self) -> Result<(), Never> {
        self.0.0.push(self.1);
        Ok(())
    }
}

impl SerializeStruct for Inside<'_> {
    type Ok = ();
    type Error = Never;
    fn serialize_field<T: ?Sized + Serialize>(
        &mut self,
        key: &'static str,
        v: &T,
    ) -> Result<(), Never> {
        self.0.key(key);
        v.serialize(&mut *self.0)
    }
    fn end(self) -> Result<(), Never> {
        self.0.0.push(self.1);
        Ok(())
    }
}
