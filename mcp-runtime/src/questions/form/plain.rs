//! What the types of fields read, and their JSON.

use super::choice::Choices;
use super::field::{FormField, Kind, Limits};
use super::number::Number;
use crate::json_text;
use crate::questions::fault::Faults;

/// What a field can hold by itself, without an `Option` around it.
pub trait Plain: Sized {
    /// Reads what stands in the field; `None`, and faults are noted, where it does not fit.
    fn read(field: &FormField, json: &str, faults: &mut Faults) -> Option<Self>;

    /// Its JSON.
    fn json(&self) -> String;
}

/// What a field can hold that does not say what can be chosen.
pub trait Open: Plain {
    /// What the field holds.
    const KIND: Kind;
}

impl Plain for String {
    fn read(field: &FormField, json: &str, faults: &mut Faults) -> Option<Self> {
        match &field.kind {
            Kind::One(list) => Some(list.choices.get(field.read_choice(list, json, faults)?)?.value.to_owned()),
            _ => field.read_text(json, faults),
        }
    }

    fn json(&self) -> String {
        json_text::string(self)
    }
}

impl Open for String {
    const KIND: Kind = Kind::Text;
}

impl Plain for Vec<String> {
    fn read(field: &FormField, json: &str, faults: &mut Faults) -> Option<Self> {
        let Kind::Several(list) = &field.kind else { return None };
        let places = field.read_choices(list, json, faults)?;
        Some(places.into_iter().filter_map(|place| Some(list.choices.get(place)?.value.to_owned())).collect())
    }

    fn json(&self) -> String {
        array(self.iter().map(String::as_str))
    }
}

impl Plain for bool {
    fn read(field: &FormField, json: &str, faults: &mut Faults) -> Option<Self> {
        field.read_bool(json, faults)
    }

    fn json(&self) -> String {
        self.to_string()
    }
}

impl Open for bool {
    const KIND: Kind = Kind::Bool;
}

macro_rules! integers {
    ($($number:ty),*) => {$(
        impl Plain for $number {
            fn read(field: &FormField, json: &str, faults: &mut Faults) -> Option<Self> {
                match field.read_number(json, faults)? {
                    // The bounds of the type have been held to.
                    Number::Int(number) => number.try_into().ok(),
                    Number::Float(_) => None,
                }
            }

            fn json(&self) -> String {
                self.to_string()
            }
        }

        impl Open for $number {
            const KIND: Kind = Kind::Integer(Limits {
                min: Some(Number::Int(<$number>::MIN as i128)),
                // The one type that goes beyond an `i128` is cut.
                max: Some(Number::Int(if <$number>::MAX as u128 > i128::MAX as u128 {
                    i128::MAX
                } else {
                    <$number>::MAX as i128
                })),
            });
        }
    )*};
}

integers!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);

macro_rules! floats {
    ($($number:ty),*) => {$(
        impl Plain for $number {
            fn read(field: &FormField, json: &str, faults: &mut Faults) -> Option<Self> {
                let number = field.read_number(json, faults)?.as_f64() as $number;
                if !number.is_finite() {
                    faults.expected(field.name, "a smaller number", json);
                }
                Some(number)
            }

            fn json(&self) -> String {
                // What JSON has no word for becomes `null`, which is no default.
                serde_json::to_string(self).unwrap_or_default()
            }
        }

        impl Open for $number {
            const KIND: Kind = Kind::Number;
        }
    )*};
}

floats!(f32, f64);

impl<E: Choices> Plain for E {
    fn read(field: &FormField, json: &str, faults: &mut Faults) -> Option<Self> {
        E::nth(field.read_choice(&E::LIST, json, faults)?)
    }

    fn json(&self) -> String {
        json_text::string(value(self))
    }
}

impl<E: Choices> Open for E {
    const KIND: Kind = Kind::One(E::LIST);
}

impl<E: Choices> Plain for Vec<E> {
    fn read(field: &FormField, json: &str, faults: &mut Faults) -> Option<Self> {
        field.read_choices(&E::LIST, json, faults)?.into_iter().map(E::nth).collect()
    }

    fn json(&self) -> String {
        array(self.iter().map(value))
    }
}

impl<E: Choices> Open for Vec<E> {
    const KIND: Kind = Kind::Several(E::LIST);
}

fn value<E: Choices>(choice: &E) -> &'static str {
    E::LIST.choices.get(choice.place()).map_or("", |choice| choice.value)
}

fn array<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let texts: Vec<String> = texts.map(json_text::string).collect();
    format!("[{}]", texts.join(","))
}
