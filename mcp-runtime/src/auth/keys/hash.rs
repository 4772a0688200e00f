//! What is kept of a key: a fast hash where nobody can guess the key, a slow one where somebody might.

use std::fmt;
use std::num::NonZeroU32;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::{digest, pbkdf2};

/// What ids of generated keys begin with: scanners that look for leaked secrets find them by it.
pub(crate) const GENERATED: &str = "mcp_";

/// How often a key of a person's own is hashed: what OWASP asks for of PBKDF2 with SHA-256, some 0.2 s on a server.
#[cfg(any(feature = "cli", test))]
const ITERATIONS: u32 = 600_000;

/// Fewer would be guessed at too fast; more would keep a thread for half a minute.
const ALLOWED_ITERATIONS: std::ops::RangeInclusive<u32> = 100_000..=20_000_000;

const FAST: &str = "sha256";
const SLOW: &str = "pbkdf2-sha256";

#[cfg(any(feature = "cli", test))]
const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#[cfg(any(feature = "cli", test))]
/// The letters of a generated secret: 43 of 62 kinds are 256 bits.
const SECRET_LETTERS: usize = 43;

#[cfg(any(feature = "cli", test))]
/// The letters of a generated id, behind its prefix.
const ID_LETTERS: usize = 12;

/// The hash of a secret, as a file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    /// Of a generated secret.
    Fast([u8; 32]),
    /// Of a secret that a person has made up.
    Slow(Slow),
}

/// A hash that takes long to compute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slow {
    iterations: NonZeroU32,
    salt: Vec<u8>,
    hash: [u8; 32],
}

impl Hash {
    /// Reads a hash.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<_> = text.split(':').collect();
        let read = |text: &str| BASE64.decode(text).map_err(|_| "it was cut off or changed; make a new one".to_owned());
        let hash = |text: &str| read(text)?.try_into().map_err(|_| "it was cut off; make a new one".to_owned());
        match *parts {
            [FAST, bytes] => Ok(Self::Fast(hash(bytes)?)),
            [SLOW, iterations, salt, bytes] => {
                let known = iterations.parse().ok().filter(|iterations| ALLOWED_ITERATIONS.contains(iterations));
                let iterations = known.and_then(NonZeroU32::new).ok_or_else(|| {
                    let (least, most) = (ALLOWED_ITERATIONS.start(), ALLOWED_ITERATIONS.end());
                    format!("it has {iterations} iterations, and not from {least} to {most}; make one with `keys hash`")
                })?;
                let salt = read(salt)?;
                if salt.len() < 16 {
                    return Err("its salt has fewer than 16 bytes; make one with `keys hash`".to_owned());
                }
                Ok(Self::Slow(Slow { iterations, salt, hash: hash(bytes)? }))
            }
            _ => Err("it is of no known kind; make a key with `keys new`, or a hash with `keys hash`".to_owned()),
        }
    }

    #[cfg(any(feature = "cli", test))]
    /// The hash of a secret that a person has made up. Takes a while.
    pub(crate) fn slow(secret: &str) -> Self {
        let salt = random::<16>().to_vec();
        let iterations = NonZeroU32::new(ITERATIONS).unwrap_or(NonZeroU32::MIN);
        let mut hash = [0; 32];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, &salt, secret.as_bytes(), &mut hash);
        Self::Slow(Slow { iterations, salt, hash })
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fast(hash) => write!(f, "{FAST}:{}", BASE64.encode(hash)),
            Self::Slow(Slow { iterations, salt, hash }) => {
                write!(f, "{SLOW}:{iterations}:{}:{}", BASE64.encode(salt), BASE64.encode(hash))
            }
        }
    }
}

impl Slow {
    /// A hash that no secret has, and that takes as long as this one to find that out.
    pub(crate) fn of_nothing(&self) -> Self {
        Self { iterations: self.iterations, salt: random::<16>().to_vec(), hash: random() }
    }

    /// How long it takes, beside others.
    pub(crate) fn cost(&self) -> u32 {
        self.iterations.get()
    }

    /// Whether it is the hash of this secret. Takes a while.
    pub(crate) fn is_of(&self, secret: &str) -> bool {
        let kind = pbkdf2::PBKDF2_HMAC_SHA256;
        pbkdf2::verify(kind, self.iterations, &self.salt, secret.as_bytes(), &self.hash).is_ok()
    }

    /// The same, hashed so few times that tests with many of them end.
    #[cfg(test)]
    pub(crate) fn for_test(secret: &str) -> Self {
        let (iterations, salt, mut hash) = (NonZeroU32::MIN, vec![7; 16], [0; 32]);
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, &salt, secret.as_bytes(), &mut hash);
        Self { iterations, salt, hash }
    }
}

/// The fast hash of a secret.
pub(crate) fn fast(secret: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, secret.as_bytes()).as_ref());
    hash
}

#[cfg(any(feature = "cli", test))]
/// A new key: its id, and what is presented, which begins with the id.
pub(crate) fn generate() -> (String, String, Hash) {
    let (id, secret) = (format!("{GENERATED}{}", letters(ID_LETTERS)), letters(SECRET_LETTERS));
    let presented = format!("{id}.{secret}");
    (id, presented, Hash::Fast(fast(&secret)))
}

#[cfg(any(feature = "cli", test))]
/// Random letters, each as likely as the others.
fn letters(count: usize) -> String {
    let mut text = String::with_capacity(count);
    while text.len() < count {
        // Of 64 values two are no letter, and are drawn again.
        let drawn = random::<64>().into_iter().filter_map(|byte| LETTERS.get(usize::from(byte & 63)));
        text.extend(drawn.take(count - text.len()).map(|letter| char::from(*letter)));
    }
    text
}

/// Random bytes of the system.
///
/// # Panics
/// If the system has none to give: nothing that is secret could be made.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_written_and_read_and_knows_its_secret_only() {
        let (id, presented, hash) = generate();
        let secret = presented.strip_prefix(&format!("{id}.")).expect("the id comes first");
        assert!(id.starts_with(GENERATED) && id.len() == 16 && secret.len() == 43, "{presented}");
        assert_eq!(hash, Hash::Fast(fast(secret)));
        assert_eq!(Hash::parse(&hash.to_string()), Ok(hash));
        let slow = Hash::slow("correct horse");
        assert_eq!(Hash::parse(&slow.to_string()), Ok(slow.clone()));
        let Hash::Slow(slow) = slow else { panic!("it is slow") };
        assert!(slow.is_of("correct horse") && !slow.is_of("correct horsf"));
    }

    #[test]
    fn hashes_that_protect_nothing_are_refused() {
        let salt = "A".repeat(22);
        let hash = "A".repeat(43);
        for (text, why) in [
            (format!("md5:{hash}"), "of no known kind"),
            (hash.clone(), "of no known kind"),
            ("sha256:AAAA".to_owned(), "cut off"),
            (format!("sha256:{hash}="), "cut off or changed"),
            (format!("pbkdf2-sha256:1000:{salt}:{hash}"), "it has 1000 iterations"),
            (format!("pbkdf2-sha256:4000000000:{salt}:{hash}"), "it has 4000000000 iterations"),
            (format!("pbkdf2-sha256:600000:AAAA:{hash}"), "its salt"),
        ] {
            let refused = Hash::parse(&text).expect_err(&text);
            assert!(refused.contains(why), "{text}: {refused}");
        }
    }
}
