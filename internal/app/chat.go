package app

import (
	"io/fs"
	"log/slog"

	"naru/config"
	"naru/internal/chart"
	"naru/internal/chat"
	"naru/internal/llm"
)

// NewBot makes the chatbot from the data files. conversations may be nil: then
// every message stands alone; so may misses: then none are counted; and charts:
// then none are shown. trusted: the lexicons are as shipped, so that the bot need
// not try them all.
func NewBot(c *config.Config, a *Assets, trusted bool, conversations chat.Conversations, misses chat.Misses, charts *chart.Charts, logger *slog.Logger) (*chat.Bot, error) {
	lexicon, err := fs.Sub(config.Files(c.ConfigDir), "knowledge/lexicon")
	if err != nil {
		return nil, err
	}
	model, err := newModel(c.Model, logger)
	if err != nil {
		return nil, err
	}
	return chat.New(chat.Options{
		Model: model, Trusted: trusted,
		Knowledge: a.Knowledge, Lexicon: lexicon, Catalog: a.Catalog, Conversations: conversations, Misses: misses, Expiry: c.Chat.Remember, Logger: logger,
		Departments: a.Desk.Departments, Languages: c.Languages,
		Picture: func(name, language string) (chat.Chart, bool) {
			if charts == nil {
				return chat.Chart{}, false
			}
			picture, ok := charts.Chart(name, language)
			if !ok {
				return chat.Chart{}, false
			}
			return chat.Chart{
				Drawing: chat.Drawing{URL: picture.Path(), Width: picture.Width, Height: picture.Height},
				Alt:     picture.Title,
				Narrow:  chat.Drawing{URL: picture.Narrow.Path(), Width: picture.Narrow.Width, Height: picture.Narrow.Height},
			}, true
		},
		Countries: func(language string) []chat.Country {
			var countries []chat.Country
			for _, country := range a.Catalog.Countries(language) {
				countries = append(countries, chat.Country{Code: country.Code, Name: country.Name})
			}
			return countries
		},
	})
}

// newModel makes the language model of the settings; nil where none is set.
func newModel(c config.Model, logger *slog.Logger) (chat.Model, error) {
	if c.URL == "" {
		return nil, nil
	}
	return llm.New(llm.Options{URL: c.URL, Key: c.Key, Model: c.Name, Format: c.Format, Timeout: c.Timeout, Logger: logger})
}
