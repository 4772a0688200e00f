//! Public keys as JSON, and sets of them (RFC 7517).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::algorithm::Algorithm;
use super::jws::Jws;

/// The most keys of a set; there are seldom more than three.
const KEYS: usize = 256;

/// How many keys are tried for a signature that names none.
const TRIED: usize = 8;

/// A public key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Key {
    id: Option<String>,
    /// The only algorithm that it is for, if it says so.
    only: Option<Algorithm>,
    material: Material,
}

#[derive(Debug, PartialEq, Eq)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// The keys of an issuer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct KeySet(Vec<Key>);

/// What became of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Good,
    Bad,
    /// No key is known by this name.
    UnknownKey,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default, rename = "use")]
    purpose: Option<String>,
    #[serde(default)]
    key_ops: Option<Vec<String>>,
    #[serde(default)]
    crv: Option<String>,
    #[serde(default)]
    n: Option<String>,
    #[serde(default)]
    e: Option<String>,
    #[serde(default)]
    x: Option<String>,
    #[serde(default)]
    y: Option<String>,
}

impl Key {
    /// Reads a key. `None` if it is malformed, or of a kind that is not known, or not for signatures.
    pub(crate) fn read(json: &str) -> Option<Self> {
        let jwk: Jwk = serde_json::from_str(json).ok()?;
        let is_for_signatures = jwk.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && jwk.key_ops.as_ref().is_none_or(|all| all.iter().any(|one| one == "verify"));
        let decode = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_deref()?).ok();
        // A number begins with no zero; some issuers write one.
        let number =
            |text| decode(text).map(|bytes| bytes.into_iter().skip_while(|byte| *byte == 0).collect::<Vec<_>>());
        let point = |length| {
            let (x, y) = (decode(&jwk.x)?, decode(&jwk.y)?);
            (x.len() == length && y.len() == length).then(|| [&[4], &*x, &*y].concat())
        };
        let material = match (&*jwk.kty, jwk.crv.as_deref()) {
            ("RSA", _) => Material::Rsa { n: number(&jwk.n)?, e: number(&jwk.e)? },
            ("EC", Some("P-256")) => Material::P256(point(32)?),
            ("EC", Some("P-384")) => Material::P384(point(48)?),
            ("OKP", Some("Ed25519")) => Material::Ed25519(decode(&jwk.x).filter(|x| x.len() == 32)?),
            _ => return None,
        };
        let only = match &jwk.alg {
            None => None,
            Some(name) => Some(Algorithm::named(name).filter(|algorithm| material.fits(*algorithm))?),
        };
        is_for_signatures.then_some(Self { id: jwk.kid, only, material })
    }

    /// Whether it vouches for what is signed. The algorithm is the key's: one that belongs to another kind of key is refused.
    pub(crate) fn verifies(&self, jws: &Jws<'_>) -> bool {
        self.is_for(jws.algorithm) && self.material.verifies(jws)
    }

    fn is_for(&self, algorithm: Algorithm) -> bool {
        self.only.is_none_or(|only| only == algorithm) && self.material.fits(algorithm)
    }
}

impl Material {
    fn fits(&self, algorithm: Algorithm) -> bool {
        use Algorithm::{EdDsa, Es256, Es384, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
        match self {
            Self::Rsa { .. } => matches!(algorithm, Rs256 | Rs384 | Rs512 | Ps256 | Ps384 | Ps512),
            Self::P256(_) => algorithm == Es256,
            Self::P384(_) => algorithm == Es384,
            Self::Ed25519(_) => algorithm == EdDsa,
        }
    }

    fn verifies(&self, jws: &Jws<'_>) -> bool {
        let Jws { signed, signature, .. } = jws;
        match self {
            Self::Rsa { n, e } => {
                let Some(parameters) = rsa(jws.algorithm) else { return false };
                RsaPublicKeyComponents { n, e }.verify(parameters, signed, signature).is_ok()
            }
            Self::P256(point) => {
                UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point).verify(signed, signature).is_ok()
            }
            Self::P384(point) => {
                UnparsedPublicKey::new(&signature::ECDSA_P384_SHA384_FIXED, point).verify(signed, signature).is_ok()
            }
            Self::Ed25519(x) => UnparsedPublicKey::new(&signature::ED25519, x).verify(signed, signature).is_ok(),
        }
    }
}

/// Keys of 2048 to 8192 bits.
fn rsa(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

impl KeySet {
    /// Reads a set. A key that cannot be used is left out, and the others are there all the same.
    ///
    /// # Errors
    /// It is no set, or has no key that can be used.
    pub(crate) fn read(json: &[u8]) -> Result<Self, &'static str> {
        #[derive(Deserialize)]
        struct Keys<'a> {
            #[serde(borrow)]
            keys: Vec<&'a RawValue>,
        }
        let Keys { keys } = serde_json::from_slice(json).map_err(|_| "it is not a set of keys (RFC 7517)")?;
        let keys: Vec<_> = keys.into_iter().take(KEYS).filter_map(|key| Key::read(key.get())).collect();
        if keys.is_empty() { Err("no key in it is for signatures that are accepted") } else { Ok(Self(keys)) }
    }

    /// Whether one of the keys vouches for what is signed: the one that the signature names, if it names one.
    pub(crate) fn verify(&self, jws: &Jws<'_>) -> Verdict {
        let wanted = jws.header.kid.as_deref();
        let is_wanted = |key: &&Key| wanted.is_none() || key.id.as_deref() == wanted;
        let mut tried = self.0.iter().filter(is_wanted).take(TRIED).peekable();
        if tried.peek().is_none() {
            return Verdict::UnknownKey;
        }
        match tried.any(|key| key.verifies(jws)) {
            true => Verdict::Good,
            // It may be of a key that is newer than these.
            false if wanted.is_none() => Verdict::UnknownKey,
            false => Verdict::Bad,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RSA: &str = r#"{"kty":"RSA","kid":"r","n":"AMqA","e":"AQAB"}"#;

    #[test]
    fn a_key_of_an_unknown_kind_does_not_break_the_others() {
        let set = format!(r#"{{"keys":[{{"kty":"LMS","pub":1}},{{"kty":"oct","k":"AAAA"}},7,null,{RSA}],"more":1}}"#);
        let keys = KeySet::read(set.as_bytes()).expect("one key");
        assert_eq!(keys.0.len(), 1);
        assert_eq!(keys.0[0].material, Material::Rsa { n: vec![0xca, 0x80], e: vec![1, 0, 1] });
        for none in ["{}", "[]", r#"{"keys":[]}"#, r#"{"keys":{}}"#, r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#] {
            assert!(KeySet::read(none.as_bytes()).is_err(), "{none}");
        }
    }

    #[test]
    fn keys_that_are_not_for_signatures_are_left_out() {
        let with = |more: &str| Key::read(&RSA.replace(r#""kid""#, &format!("{more},\"kid\""))).is_some();
        assert!(with(r#""use":"sig""#) && with(r#""key_ops":["verify"]"#) && with(r#""alg":"PS256""#));
        assert!(!with(r#""use":"enc""#) && !with(r#""key_ops":["encrypt"]"#));
        assert!(!with(r#""alg":"HS256""#) && !with(r#""alg":"ES256""#) && !with(r#""alg":"RSA-OAEP""#));
    }

    #[test]
    fn the_algorithm_is_that_of_the_key() {
        let key = Key::read(&RSA.replace("\"kid\"", "\"alg\":\"RS256\",\"kid\"")).expect("a key");
        assert!(key.is_for(Algorithm::Rs256));
        for other in [Algorithm::Rs384, Algorithm::Ps256, Algorithm::Es256, Algorithm::EdDsa] {
            assert!(!key.is_for(other), "{other:?}");
        }
        let open = Key::read(RSA).expect("a key");
        assert!(open.is_for(Algorithm::Ps512) && !open.is_for(Algorithm::Es256));
    }
}
