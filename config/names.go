package config

import "reflect"

// Names is a proper name in every language of naru.Languages.
type Names struct {
	EN     string `yaml:"en" validate:"required,max=120,one_line"`
	KO     string `yaml:"ko" validate:"required,max=120,one_line"`
	ZhHans string `yaml:"zh-Hans" validate:"required,max=120,one_line"`
	JA     string `yaml:"ja" validate:"required,max=120,one_line"`
	RU     string `yaml:"ru" validate:"required,max=120,one_line"`
	MN     string `yaml:"mn" validate:"required,max=120,one_line"`
	KK     string `yaml:"kk" validate:"required,max=120,one_line"`
	AR     string `yaml:"ar" validate:"required,max=120,one_line"`
	VI     string `yaml:"vi" validate:"required,max=120,one_line"`
}

// Map returns the names by language tag.
func (n Names) Map() map[string]string {
	v := reflect.ValueOf(n)
	m := make(map[string]string, v.NumField())
	for i := range v.NumField() {
		m[v.Type().Field(i).Tag.Get("yaml")] = v.Field(i).String()
	}
	return m
}
