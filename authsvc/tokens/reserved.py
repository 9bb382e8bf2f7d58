"""Claim names that an issuer may not choose freely: those that this service writes, and those registered for JWTs.

The registered ones are of the IANA registry "JSON Web Token Claims" (RFC 7519 section 10.1): to a verifier they mean what
their own specification says.
"""

from authsvc.tokens.claims import KNOWN_CLAIMS

_REGISTERED = """
    name given_name family_name middle_name nickname preferred_username profile picture website email email_verified gender
    birthdate zoneinfo locale phone_number phone_number_verified address updated_at azp nonce auth_time at_hash c_hash acr amr
    sub_jwk cnf sip_from_tag sip_date sip_callid sip_cseq_num sip_via_branch orig dest mky events toe txn rph sid vot vtm
    attest origid act may_act jcard at_use_nbr div opt vc vp sph ace_profile cnonce exi roles groups entitlements
    token_introspection eat_nonce ueid sueids oemid hwmodel hwversion oemboot dbgstat location eat_profile submods uptime
    bootcount bootseed dloas swname swversion manifests measurements measres intuse cdniv cdnicrit cdniip cdniuc cdniets
    cdnistt cdnistd sig_val_claims authorization_details verified_claims place_of_birth nationalities birth_family_name
    birth_given_name birth_middle_name salutation title msisdn also_known_as htm htu ath atc sub_id rcd rcdi crn msgi
    _claim_names _claim_sources rdap_allowed_purposes rdap_dnt_allowed geohash _sd ... _sd_alg sd_hash consumerPlmnId
    consumerSnpnId producerPlmnId producerSnpnId producerSnssaiList producerNsiList producerNfSetId producerNfServiceSetId
    sourceNfInstanceId analyticsIdList resOwnerId status
"""

# Names that later features of this service will write, so that no token of today can forge them.
_KEPT = frozenset({"origin", "scp"})

RESERVED_CLAIMS = KNOWN_CLAIMS | _KEPT | frozenset(_REGISTERED.split())
"""Refused among the extra claims of Issue."""
