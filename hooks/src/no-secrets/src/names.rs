//! Files that hold credentials by their names.

/// What kind of secret a file is by its name, if it is one.
pub fn kind(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name {
        ".env" | ".envrc" => return Some("environment file"),
        "id_rsa" | "id_dsa" | "id_ecdsa" | "id_ed25519" | "identity" if !path.ends_with(".pub") => return Some("private key"),
        ".netrc" | "_netrc" | ".pgpass" | ".my.cnf" | ".git-credentials" | ".pypirc" | ".htpasswd" | ".dockercfg" => {
            return Some("password file")
        }
        _ => {}
    }
    // A template of an environment file has no values in it.
    if let Some(which) = name.strip_prefix(".env.") {
        let template = ["example", "sample", "template", "dist", "defaults"].contains(&which);
        return if template { None } else { Some("environment file") };
    }
    if path.ends_with(".aws/credentials") || path.ends_with(".docker/config.json") || path.ends_with(".kube/config") {
        return Some("password file");
    }
    match name.rsplit_once('.') {
        Some((_, "pem" | "key" | "p12" | "pfx" | "jks" | "keystore" | "ppk" | "kdbx")) => Some("key file"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::kind;

    #[test]
    fn names() {
        for path in
            [".env", "a/.env", ".env.production", "keys/id_rsa", "id_ed25519", "tls/server.pem", "x.p12", ".netrc", "a/.aws/credentials"]
        {
            assert!(kind(path).is_some(), "{path}");
        }
        for path in ["env", ".env.example", "id_rsa.pub", "train.py", "environment.yml", "keys.py", "pem", "credentials", "src/key"] {
            assert_eq!(kind(path), None, "{path}");
        }
    }
}
