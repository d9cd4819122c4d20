package store

const configFile = "config.json"

// ReadConfig returns the bytes of config.json, nil where there is none.
func (p *Profile) ReadConfig() ([]byte, error) {
	root, err := p.read()
	if err != nil || root == nil {
		return nil, err
	}
	return content(root, configFile)
}

// WriteConfig replaces config.json.
func (p *Profile) WriteConfig(data []byte) error {
	root, err := p.write(".")
	if err != nil {
		return err
	}
	return p.replace(root, configFile, data)
}
