// Package notice is what a programme has to tell the people whose records it
// shows: who is answerable, for what, by which law, for how long, and whom to
// ask. UK GDPR articles 13 and 14 say what may not be left out.
package notice

// Notice is a programme's own words for its public pages.
type Notice struct {
	People      string    `yaml:"people"`      // whose records: "adults who are registered with …", to follow "It covers"
	Controllers string    `yaml:"controllers"` // who decides about the data, in a sentence or two
	Contact     Contact   `yaml:"contact"`     // the programme's team: questions, forms, requests
	Officer     Contact   `yaml:"data_protection_officer"`
	Regulator   Contact   `yaml:"regulator"` // whom to complain to
	Purposes    []Point   `yaml:"purposes"`
	NotFor      []string  `yaml:"not_for"` // what the record is never used for, to follow "It is not used"
	Lawful      []Point   `yaml:"lawful_bases"`
	Retention   []Kept    `yaml:"retention"`
	Rights      []Point   `yaml:"rights"`
	Processors  string    `yaml:"processors"` // who works on the programme's behalf
	Abroad      string    `yaml:"abroad"`     // whether data leave the United Kingdom
	Automated   string    `yaml:"automated"`  // whether a computer decides about people
	Reviewed    string    `yaml:"reviewed"`   // day, ISO 8601
	Access      Statement `yaml:"accessibility"`
}

// Contact is where somebody can be reached. A person without a telephone or a
// computer can always write.
type Contact struct {
	Name    string   `yaml:"name"`
	Post    []string `yaml:"post"`
	Phone   string   `yaml:"phone"`
	Hours   string   `yaml:"hours"` // when the telephone is answered
	Email   string   `yaml:"email"`
	Website string   `yaml:"website"`
}

// Point is one of several, with its explanation.
type Point struct {
	Name  string `yaml:"name"`
	Words string `yaml:"words"`
}

// Kept is something that is kept, for how long, and why so long.
type Kept struct {
	What string `yaml:"what"`
	Long string `yaml:"kept"`
	Why  string `yaml:"why"`
}

// Statement is what the accessibility statement says beyond what is true of
// every installation: who tested this one and what is known to be wrong.
type Statement struct {
	Tested   string   `yaml:"tested"` // day, ISO 8601
	By       string   `yaml:"by"`     // to follow "It was tested by"
	Problems []string `yaml:"problems"`
}
