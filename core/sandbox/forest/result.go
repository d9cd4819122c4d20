package forest

import (
	ber "github.com/go-asn1-ber/asn1-ber"
)

// Result codes (RFC 4511 appendix A).
const (
	success                = 0
	operationsError        = 1
	protocolError          = 2
	timeLimitExceeded      = 3
	sizeLimitExceeded      = 4
	authMethodNotSupported = 7
	strongerAuthRequired   = 8
	referral               = 10
	unavailableCritical    = 12
	inappropriateMatching  = 18
	noSuchObject           = 32
	invalidDNSyntax        = 34
	invalidCredentials     = 49
	unwillingToPerform     = 53
)

// Tags of the operations.
const (
	opBindRequest      = 0
	opBindResponse     = 1
	opUnbind           = 2
	opSearchRequest    = 3
	opSearchEntry      = 4
	opSearchDone       = 5
	opModifyRequest    = 6
	opAddRequest       = 8
	opDeleteRequest    = 10
	opModifyDNRequest  = 12
	opCompareRequest   = 14
	opAbandon          = 16
	opSearchReference  = 19
	opExtendedRequest  = 23
	opExtendedResponse = 24
)

// result is what every operation but unbind and abandon ends with.
type result struct {
	code      int64
	matched   string
	text      string
	referrals []string
}

func (r result) packet(tag ber.Tag) *ber.Packet {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, r.code, ""))
	p.AppendChild(octets(r.matched))
	p.AppendChild(octets(r.text))
	if len(r.referrals) > 0 {
		list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 3, nil, "")
		for _, u := range r.referrals {
			list.AppendChild(octets(u))
		}
		p.AppendChild(list)
	}
	return p
}

func octets(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

// envelope wraps an operation for the wire.
func envelope(id int64, op *ber.Packet, controls ...*ber.Packet) []byte {
	p := ber.NewSequence("")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	p.AppendChild(op)
	if len(controls) > 0 {
		list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
		for _, c := range controls {
			list.AppendChild(c)
		}
		p.AppendChild(list)
	}
	return p.Bytes()
}
