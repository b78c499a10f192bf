package chat

import "naru/internal/naru"

// Question is one message.
type Question struct {
	Message string `json:"message"`
	// Language is that of the page, or empty.
	Language       string `json:"language,omitempty"`
	ConversationID string `json:"conversation_id,omitempty"`
}

// Reply is the answer in the shape of the outside contract.
type Reply struct {
	ConversationID string `json:"conversation_id"`
	// ReplyID names the reply within the conversation, for Bot.Rate.
	ReplyID     string     `json:"reply_id"`
	Language    string     `json:"language"`
	Kind        ReplyKind  `json:"kind"`
	Text        string     `json:"text"`
	Citations   []Citation `json:"citations"`
	Facts       []Fact     `json:"facts"`
	Suggestions []string   `json:"suggestions"`
	// More is set where a list was shortened.
	More *More `json:"more,omitempty"`
	// Chart is set where a series or a comparison is better seen.
	Chart   *Chart   `json:"chart,omitempty"`
	Handoff *Handoff `json:"handoff,omitempty"`
}

// More tells what was left out of a list, and how to get it.
type More struct {
	// Count is how many lines are left.
	Count int `json:"count"`
	// Message shows them when it is sent in the same conversation.
	Message string `json:"message"`
}

// Chart is a picture of the figures an answer is about.
type Chart struct {
	Drawing
	// Alt is what it shows.
	Alt string `json:"alt"`
	// Narrow is the same for small screens and panels.
	Narrow Drawing `json:"narrow"`
}

// Drawing is a picture to load.
type Drawing struct {
	// URL is a path on the site.
	URL string `json:"url"`
	// Width and Height are its natural size in CSS pixels.
	Width  int `json:"width"`
	Height int `json:"height"`
}

// Handoff is an inquiry with what is already known filled in.
type Handoff struct {
	// Kind is "patient" or "partner".
	Kind naru.Kind `json:"kind"`
	// URL is the page of the form. Posting Fields to it together with
	// step=edit opens it filled in.
	URL string `json:"url"`
	// Topic is one of partners, Purpose one of patients.
	Topic   string `json:"topic,omitempty"`
	Purpose string `json:"purpose,omitempty"`
	// Country is an ISO 3166-1 alpha-2 code, Department one that the patient
	// form offers.
	Country    string `json:"country,omitempty"`
	Department string `json:"department,omitempty"`
	Language   string `json:"language"`
	// Message is the question, as written.
	Message string `json:"message"`
	// Fields are the same by the names of the form's fields; with them goes
	// conversation_id.
	Fields map[string]string `json:"fields"`
}
