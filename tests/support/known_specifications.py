"""The specifications that a `spec` mark may name: their titles, and where to read them."""

from typing import Final

_RFCS: Final = {
    2104: "HMAC: Keyed-Hashing for Message Authentication",
    3339: "Date and Time on the Internet: Timestamps",
    3629: "UTF-8, a transformation format of ISO 10646",
    3986: "Uniform Resource Identifier (URI): Generic Syntax",
    4291: "IP Version 6 Addressing Architecture",
    4648: "The Base16, Base32, and Base64 Data Encodings",
    5116: "An Interface and Algorithms for Authenticated Encryption",
    5280: "Internet X.509 Public Key Infrastructure Certificate and CRL Profile",
    5321: "Simple Mail Transfer Protocol",
    5646: "Tags for Identifying Languages",
    6265: "HTTP State Management Mechanism",
    6454: "The Web Origin Concept",
    6749: "The OAuth 2.0 Authorization Framework",
    6750: "Bearer Token Usage",
    6797: "HTTP Strict Transport Security (HSTS)",
    6819: "OAuth 2.0 Threat Model and Security Considerations",
    6962: "Certificate Transparency",
    7009: "OAuth 2.0 Token Revocation",
    7515: "JSON Web Signature (JWS)",
    7516: "JSON Web Encryption (JWE)",
    7517: "JSON Web Key (JWK)",
    7518: "JSON Web Algorithms (JWA)",
    7519: "JSON Web Token (JWT)",
    7521: "Assertion Framework for OAuth 2.0 Client Authentication",
    7523: "JWT Profile for OAuth 2.0 Client Authentication",
    7591: "OAuth 2.0 Dynamic Client Registration Protocol",
    7592: "OAuth 2.0 Dynamic Client Registration Management Protocol",
    7617: "The 'Basic' HTTP Authentication Scheme",
    7636: "Proof Key for Code Exchange",
    7638: "JSON Web Key (JWK) Thumbprint",
    7662: "OAuth 2.0 Token Introspection",
    8037: "CFRG Elliptic Curve Diffie-Hellman (ECDH) and Signatures in JOSE",
    8176: "Authentication Method Reference Values",
    8252: "OAuth 2.0 for Native Apps",
    8259: "The JavaScript Object Notation (JSON) Data Interchange Format",
    8414: "OAuth 2.0 Authorization Server Metadata",
    8707: "Resource Indicators for OAuth 2.0",
    8725: "JSON Web Token Best Current Practices",
    9068: "JWT Profile for OAuth 2.0 Access Tokens",
    9101: "JWT-Secured Authorization Request (JAR)",
    9110: "HTTP Semantics",
    9111: "HTTP Caching",
    9112: "HTTP/1.1",
    9126: "OAuth 2.0 Pushed Authorization Requests",
    9162: "Certificate Transparency Version 2.0",
    9207: "OAuth 2.0 Authorization Server Issuer Identification",
    9325: "Recommendations for Secure Use of Transport Layer Security (TLS) and DTLS",
    9449: "OAuth 2.0 Demonstrating Proof of Possession (DPoP)",
    9457: "Problem Details for HTTP APIs",
    9470: "OAuth 2.0 Step Up Authentication Challenge Protocol",
    9562: "Universally Unique IDentifiers (UUIDs)",
    9700: "Best Current Practice for OAuth 2.0 Security",
    9701: "JWT Response for OAuth Token Introspection",
    9864: (
        "Fully-Specified Algorithms for JSON Object Signing and Encryption (JOSE) "
        "and CBOR Object Signing and Encryption (COSE)"
    ),
    10070: (
        "Updates to OAuth 2.0 JWT Client Authentication and Assertion-Based Authorization Grants"
    ),
}
_OPENID: Final = "https://openid.net/specs/"
_OTHERS: Final = {
    "OpenID Connect Core 1.0": (
        "OpenID Connect Core 1.0",
        _OPENID + "openid-connect-core-1_0.html",
    ),
    "OpenID Connect Discovery 1.0": (
        "OpenID Connect Discovery 1.0",
        _OPENID + "openid-connect-discovery-1_0.html",
    ),
    "OpenID Connect Dynamic Client Registration 1.0": (
        "OpenID Connect Dynamic Client Registration 1.0",
        _OPENID + "openid-connect-registration-1_0.html",
    ),
    "OpenID Connect RP-Initiated Logout 1.0": (
        "OpenID Connect RP-Initiated Logout 1.0",
        _OPENID + "openid-connect-rpinitiated-1_0.html",
    ),
    "OpenID Connect Back-Channel Logout 1.0": (
        "OpenID Connect Back-Channel Logout 1.0",
        _OPENID + "openid-connect-backchannel-1_0.html",
    ),
    "OpenID Connect Unmet Authentication Requirements 1.0": (
        "OpenID Connect Core Error Code unmet_authentication_requirements 1.0",
        _OPENID + "openid-connect-unmet-authentication-requirements-1_0.html",
    ),
    "OpenID EAP ACR Values 1.0": (
        "OpenID Connect Extended Authentication Profile ACR Values 1.0",
        _OPENID + "openid-connect-eap-acr-values-1_0.html",
    ),
    "OAuth 2.0 Form Post Response Mode": (
        "OAuth 2.0 Form Post Response Mode",
        _OPENID + "oauth-v2-form-post-response-mode-1_0.html",
    ),
    "OAuth 2.0 Multiple Response Type Encoding Practices": (
        "OAuth 2.0 Multiple Response Type Encoding Practices",
        _OPENID + "oauth-v2-multiple-response-types-1_0.html",
    ),
    "FAPI 2.0 Security Profile": (
        "FAPI 2.0 Security Profile",
        _OPENID + "fapi-security-profile-2_0.html",
    ),
    "C2SP signed-note": ("Signed notes", "https://c2sp.org/signed-note"),
    "C2SP tlog-checkpoint": ("Transparency log checkpoints", "https://c2sp.org/tlog-checkpoint"),
    "WebAuthn L3": ("Web Authentication Level 3", "https://www.w3.org/TR/webauthn-3/"),
    "CSP Level 3": ("Content Security Policy Level 3", "https://www.w3.org/TR/CSP3/"),
    "Fetch": ("Fetch Standard", "https://fetch.spec.whatwg.org/"),
    "HTML": ("HTML Standard", "https://html.spec.whatwg.org/"),
    "WCAG 2.2": ("Web Content Accessibility Guidelines 2.2", "https://www.w3.org/TR/WCAG22/"),
    "ISO/IEC 7064": ("Check character systems", "https://www.iso.org/standard/31531.html"),
    "ISO/IEC 7064 MOD 1271-36": (
        "Check character systems: the pure system MOD 1271-36",
        "https://www.iso.org/standard/31531.html",
    ),
    "NIST SP 800-38D": (
        "Galois/Counter Mode (GCM) and GMAC",
        "https://csrc.nist.gov/pubs/sp/800/38/d/final",
    ),
    "NIST SP 800-63B": (
        "Digital Identity Guidelines: Authentication",
        "https://pages.nist.gov/800-63-4/sp800-63b.html",
    ),
    "NIST SP 800-63C": (
        "Digital Identity Guidelines: Federation and Assertions",
        "https://pages.nist.gov/800-63-4/sp800-63c.html",
    ),
}
# These may be named without a section: the designation itself says which part is meant.
WHOLE: Final = frozenset({"ISO/IEC 7064 MOD 1271-36"})
# name -> (title, address)
KNOWN: Final[dict[str, tuple[str, str]]] = _OTHERS | {
    f"RFC {number}": (title, f"https://www.rfc-editor.org/rfc/rfc{number}.html")
    for number, title in _RFCS.items()
}
