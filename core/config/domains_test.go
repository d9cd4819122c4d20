package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSetDomain(t *testing.T) {
	const have = `{
  "format": 1,
  "scope": {
    "domains": [
      {"name": "corp.example", "users": {"filter": "(cn=a)"}},
      {
        "name": "Child.corp.example",
        "include": false
      }
    ]
  }
}
`
	for name, tc := range map[string]struct {
		data, domain, key string
		value             any
		want              string
	}{
		"NoFile": {"", "corp.example", "include", true, `{
  "format": 1,
  "scope": {
    "domains": [
      {
        "name": "corp.example",
        "include": true
      }
    ]
  }
}
`},
		"AnotherDomain": {have, "Third.example", "include", true, `{
  "format": 1,
  "scope": {
    "domains": [
      {"name": "corp.example", "users": {"filter": "(cn=a)"}},
      {
        "name": "Child.corp.example",
        "include": false
      },
      {
        "name": "third.example",
        "include": true
      }
    ]
  }
}
`},
		"OneLine": {have, "CORP.example", "users.nestedMemberOf", true, `{
  "format": 1,
  "scope": {
    "domains": [
      {"name": "corp.example", "users": {"filter": "(cn=a)", "nestedMemberOf": true}},
      {
        "name": "Child.corp.example",
        "include": false
      }
    ]
  }
}
`},
		"Bases": {have, "child.corp.example", "groups.bases", []Base{{DN: "OU=A,DC=b", ObjectGUID: "5b2c8f0a-7d2b-4f7c-9a5e-0c2b5f1d3e4a"}}, `{
  "format": 1,
  "scope": {
    "domains": [
      {"name": "corp.example", "users": {"filter": "(cn=a)"}},
      {
        "name": "Child.corp.example",
        "include": false,
        "groups": {
          "bases": [
            {
              "dn": "OU=A,DC=b",
              "objectGuid": "5b2c8f0a-7d2b-4f7c-9a5e-0c2b5f1d3e4a"
            }
          ]
        }
      }
    ]
  }
}
`},
	} {
		t.Run(name, func(t *testing.T) {
			var data []byte
			if tc.data != "" {
				data = []byte(tc.data)
			}
			got, err := SetDomain(data, tc.domain, tc.key, tc.value)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, err := SetDomain([]byte(have), "corp.example", "users.colour", "red"); err == nil {
		t.Error("a key that a domain does not have was written")
	}
}
