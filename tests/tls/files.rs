//! Files that a server cannot use.

use mcp_runtime::Tls;
use mcp_tests::certificates::{Authority, Folder};

/// What is wrong, a fault in a line, without the folder.
fn faults(folder: &Folder, tls: &Tls) -> Vec<String> {
    let faults = tls.check().expect_err("it is wrong").to_string();
    faults.replace(&*folder.path("").to_string_lossy(), "").lines().map(str::to_owned).collect()
}

#[test]
fn everything_that_is_wrong_with_the_files_is_told_at_once_with_its_cure() {
    let (folder, authority) = (Folder::new("files"), Authority::new("ours"));
    folder.write("a", &authority.server(&["a"]));
    folder.write("b", &authority.server(&["b"]));
    folder.text("ca.pem", &authority.pem());
    folder.text("empty.pem", "");
    folder.text("cut.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n");
    folder.text("odd.pem", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n");
    folder.text("locked.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n");
    folder.text("list.pem", "-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n");
    let tls = |certificate: &str, key: &str| Tls::files(folder.path(certificate), folder.path(key));
    let cases: &[(Tls, &[&str])] = &[
        (
            tls("none.pem", "none.key").client_ca(folder.path("none.ca")).client_crl(folder.path("none.crl")),
            &[
                "none.pem: there is no such file; name the certificate of the server",
                "none.key: there is no such file; name the private key of the server",
                "none.ca: there is no such file; name the certificates of the authorities that are trusted",
                "none.crl: there is no such file; name the list of revoked certificates",
            ],
        ),
        (
            tls("empty.pem", "empty.pem"),
            &[
                "empty.pem: it has no certificate; PEM has it between -----BEGIN CERTIFICATE----- and -----END CERTIFICATE-----",
                "empty.pem: it has no private key; PEM has it between -----BEGIN PRIVATE KEY----- and -----END PRIVATE KEY-----",
            ],
        ),
        (
            tls("a.key", "a.pem"),
            &[
                "a.key: it has a private key and no certificate; the two files may be exchanged",
                "a.pem: it has a certificate and no private key; the two files may be exchanged",
            ],
        ),
        (
            tls("cut.pem", "locked.pem"),
            &[
                "cut.pem: it is cut off: -----END CERTIFICATE----- is missing",
                "locked.pem: the key is encrypted, and nobody is there to type the password; `openssl pkey -in \
                     locked.pem -out key.pem` decrypts it (keep that file to yourself: chmod 600)",
            ],
        ),
        (
            tls("odd.pem", "a.key"),
            &["odd.pem: it is not PEM: what stands between the BEGIN and END lines is not base64"],
        ),
        (
            tls("a.pem", "b.key"),
            &["b.key: it is not the key of a.pem; the first certificate there must be the server's own"],
        ),
        (
            tls("a.pem", "a.key").client_optional(),
            &["client certificates: their authorities are missing; name them with `client_ca`, or --tls-client-ca"],
        ),
        (
            tls("a.pem", "b.key").client_ca(folder.path("a.key")),
            &[
                "a.key: it has a private key and no certificate; the two files may be exchanged",
                "b.key: it is not the key of a.pem; the first certificate there must be the server's own",
            ],
        ),
        (
            tls("a.pem", "a.key").client_ca(folder.path("ca.pem")).client_crl(folder.path("list.pem")),
            &["list.pem: it is not a list of revoked certificates; `openssl crl -in FILE -text` shows one"],
        ),
        (tls("", "a.key"), &[": it cannot be read: it is not a file"]),
    ];
    for (tls, expected) in cases {
        assert_eq!(faults(&folder, tls), *expected);
    }
    assert!(tls("a.pem", "a.key").check().is_ok());
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let folder = Folder::new("large");
    folder.text("a.pem", &"#".repeat(4 * 1024 * 1024 + 1));
    folder.text("b.pem", &"#".repeat(4 * 1024 * 1024));
    let faults = faults(&folder, &Tls::files(folder.path("a.pem"), folder.path("b.pem")));
    assert_eq!(faults[0], "a.pem: it cannot be read: it has more than 4194304 bytes");
    assert!(faults[1].starts_with("b.pem: it has no private key"), "{faults:?}");
}

/// Root may read everything.
#[cfg(unix)]
#[test]
fn a_key_that_may_not_be_read_is_told_with_the_user() {
    use std::os::unix::fs::PermissionsExt as _;

    let (folder, authority) = (Folder::new("permissions"), Authority::new("ours"));
    folder.write("a", &authority.server(&["a"]));
    std::fs::set_permissions(folder.path("a.key"), std::fs::Permissions::from_mode(0o000)).expect("it is ours");
    if rustix::process::getuid().is_root() {
        return;
    }
    let faults = faults(&folder, &Tls::files(folder.path("a.pem"), folder.path("a.key")));
    assert!(faults[0].starts_with("a.key: this user may not read it; `chown` it"), "{faults:?}");
}
