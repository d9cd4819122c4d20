package forest

import (
	"errors"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// The controls that are understood. Those of the second group are accepted and
// change nothing here: security descriptors, for example, are not kept.
const (
	controlPaged         = "1.2.840.113556.1.4.319"
	controlShowDeleted   = "1.2.840.113556.1.4.417"
	controlDomainScope   = "1.2.840.113556.1.4.1339"
	controlSearchOptions = "1.2.840.113556.1.4.1340"
	controlExtendedDN    = "1.2.840.113556.1.4.529"

	controlSecurity        = "1.2.840.113556.1.4.801"
	controlLazyCommit      = "1.2.840.113556.1.4.619"
	controlPermissive      = "1.2.840.113556.1.4.1413"
	controlShowRecycled    = "1.2.840.113556.1.4.2064"
	controlShowDeactivated = "1.2.840.113556.1.4.2065"
)

// supportedControls is what the rootDSE lists.
var supportedControls = []string{
	controlPaged, controlShowDeleted, controlDomainScope, controlSearchOptions, controlExtendedDN,
	controlSecurity, controlLazyCommit, controlPermissive, controlShowRecycled, controlShowDeactivated,
}

// controls are what a request asks for beside its operation.
type controls struct {
	paged       bool
	pageSize    int64
	cookie      string
	showDeleted bool
	domainScope bool
	extendedDN  bool
	extendedHex bool
	unknown     string // a critical control that is not understood
}

var errControl = errors.New("malformed control")

// readControls reads the controls of a message. Any byte but zero is TRUE, as
// BER has it: clients differ there.
func readControls(list *ber.Packet) (controls, error) {
	var c controls
	if list == nil {
		return c, nil
	}
	for _, p := range list.Children {
		if len(p.Children) == 0 {
			return c, errControl
		}
		oid := text(p.Children[0])
		critical, value := false, ""
		for _, part := range p.Children[1:] {
			switch uint64(part.Tag) {
			case uint64(ber.TagBoolean):
				b := text(part)
				critical = b != "" && b[0] != 0
			case uint64(ber.TagOctetString):
				value = text(part)
			default:
				return c, errControl
			}
		}
		if err := c.take(oid, value, critical); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (c *controls) take(oid, value string, critical bool) error {
	switch oid {
	case controlPaged:
		size, cookie, err := readPaging(value)
		if err != nil {
			return err
		}
		c.paged, c.pageSize, c.cookie = true, size, cookie
	case controlShowDeleted, controlShowRecycled:
		c.showDeleted = true
	case controlDomainScope:
		c.domainScope = true
	case controlSearchOptions:
		flags, err := readFlags(value)
		if err != nil {
			return err
		}
		const domainScope = 1
		c.domainScope = c.domainScope || flags&domainScope != 0
	case controlExtendedDN:
		c.extendedDN, c.extendedHex = true, true
		if value != "" {
			flags, err := readFlags(value)
			if err != nil {
				return err
			}
			c.extendedHex = flags == 0
		}
	case controlSecurity, controlLazyCommit, controlPermissive, controlShowDeactivated:
	default:
		if critical {
			c.unknown = oid
		}
	}
	return nil
}

func readPaging(value string) (size int64, cookie string, err error) {
	p, err := ber.DecodePacketErr([]byte(value))
	if err != nil || len(p.Children) != 2 {
		return 0, "", errControl
	}
	size, ok := p.Children[0].Value.(int64)
	if !ok || size < 0 {
		return 0, "", errControl
	}
	return size, text(p.Children[1]), nil
}

// readFlags reads SEQUENCE { INTEGER }.
func readFlags(value string) (int64, error) {
	p, err := ber.DecodePacketErr([]byte(value))
	if err != nil || len(p.Children) != 1 {
		return 0, errControl
	}
	n, ok := p.Children[0].Value.(int64)
	if !ok {
		return 0, errControl
	}
	return n, nil
}

// pagingReply is the control that comes with the last message of a page; an
// empty cookie says that there is no further one.
func pagingReply(cookie string) *ber.Packet {
	inner := ber.NewSequence("")
	inner.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, int64(0), ""))
	inner.AppendChild(octets(cookie))
	p := ber.NewSequence("")
	p.AppendChild(octets(controlPaged))
	p.AppendChild(octets(string(inner.Bytes())))
	return p
}
