package schedule

import (
	"strings"
	"testing"

	"weighbridge/bench/bounds"
)

func TestReadDeck(t *testing.T) {
	const (
		gpt  = `{"id":"1","conversations":[{"from":"system","value":"s"},{"from":"human","value":"one\n1"},{"from":"gpt","value":"no"}]}`
		gpt2 = `{"conversations":[{"from":"human","value":"two"}]}`
		none = `{"conversations":[{"from":"gpt","value":"no"}]}`
		msg  = `{"messages":[{"role":"system","content":"s"},{"role":"user","content":"one"},{"role":"user","content":"no"}]}`
		part = `{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url"},{"type":"text","text":"b"}]}]}`
	)
	for _, c := range []struct{ name, format, content, want, wrong string }{
		{"a.txt", "", "one\n\n  two \n", "one|two", ""},
		{"a.txt", "", "\ufeffone\r\ntwo\r\n\r\n", "one|two", ""},
		{"a.txt", "", "[INST] one\n{name} two\n\"three\"", `[INST] one|{name} two|"three"`, ""},
		{"a.txt", "", "one, two\nthree, four", "one, two|three, four", ""},
		{"a.txt", "", "\n", "", "a.txt: expected at least one prompt, found none"},
		{"a.txt", "", "one\ntw\xffo\n", "", "a.txt:2: expected text in UTF-8"},
		{"a.txt", "", "\xff\xfeo\x00n\x00e\x00", "", "a.txt:1: expected text in UTF-8"},
		{"a.jsonl", "", "\"one\"\n{\"prompt\":\"two\"}\n", "one|two", ""},
		{"a.jsonl", "", "\ufeff{\"text\":\"one\"}\r\n\r\n{\"question\":\"two\"}\r\n", "one|two", ""},
		{"a.jsonl", "", "\"one\"\n{\"prompt\":5}\n", "", `a.jsonl:2: expected a JSON string, or an object with "prompt"`},
		{"a.jsonl", "", "\"one\"\n\n{\"prompt\":\"two\"\n", "", "a.jsonl:3: expected"},
		{"a.jsonl", "", "{\"prompt\":\"\"}\n", "", "a.jsonl:1: expected"},
		{"a.jsonl", "", gpt + "\n" + part + "\n" + msg, "one\n1|a\nb|one", ""},
		{"prompts", "", "{\"prompt\":\"one\"}\n{ \"prompt\": \"two\"}", "one|two", ""},
		{"prompts", "", "{\"prompt\":\"one\"}\ntwo", "", "prompts:2: expected"},
		{"a.json", "", "[\n" + gpt + ",\n" + none + ",\n\n" + gpt2 + "]\n", "one\n1|two", ""},
		{"a.txt", "", "[ " + gpt2 + "]", "two", ""},
		{"a.json", "", `["one", {"prompt": "two"}]`, "one|two", ""},
		{"a.json", "", "[\n" + gpt2 + ",\n\n{\"conversation\": []}]", "", "a.json:4: expected a JSON string, or an object with"},
		{"a.json", "", "[\n" + gpt2 + ",\n{\"conversations\": [}]", "", "a.json:3: invalid JSON in the item that begins here"},
		{"a.json", "", "[\n" + gpt2 + ",\n" + gpt2[:20], "", "a.json:3: invalid JSON"},
		{"a.json", "", "[\n" + gpt2 + "\n", "", "a.json:3: the array is not closed"},
		{"a.json", "", "[" + gpt2 + "]\n[]", "", "expected nothing after the array"},
		{"a.json", "", "[]", "", "a.json: expected at least one prompt"},
		{"a.json", "sharegpt", "[" + msg + "]", "", `a.json:1: expected an object with "conversations"`},
		{"a.jsonl", "sharegpt", gpt2 + "\n\"one\"", "", `a.jsonl:2: expected an object with "conversations"`},
		{"a.jsonl", "text", "{\"prompt\":\"one\"}", `{"prompt":"one"}`, ""},
		{"a.csv", "", "id,Prompt\n1,one\n2,\"two\nlines\"\n", "one|two\nlines", ""},
		{"a.csv", "", "\ufeff\"prompt\",\"id\"\r\n\"one, 1\",1\r\ntwo,2\r\n", "one, 1|two", ""},
		{"a.csv", "", "instruction,x\none,1\n", "one", ""},
		{"a.csv", "", "question\none\n\ntwo\n", "one|two", ""},
		{"a.csv", "", "id,text\n1,one\n2\n", "", "a.csv:3: invalid CSV: wrong number of fields"},
		{"a.csv", "", "id,text\n1,one\n2,\"tw\"o\n", "", "a.csv:3: invalid CSV"},
		{"a.csv", "", "id,text\n1,one\n2, \n", "", `a.csv:3: expected a prompt in the column "text", found none`},
		{"a.csv", "", "id,text\n", "", "a.csv: expected at least one prompt"},
		{"a.csv", "", "", "", "a.csv: expected at least one prompt"},
		{"data", "", "id,prompt\n1,one\n", "one", ""},
		{"data", "csv", "x\none\n", "one", ""},
	} {
		d, err := ReadDeck(c.name, c.format, strings.NewReader(c.content), 0)
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s %q: %v, want an error with %q", c.name, c.content, err, c.wrong)
			}
			continue
		}
		if err != nil || strings.Join(d.texts, "|") != c.want {
			t.Errorf("%s %q gives %v (%v), want %s", c.name, c.content, d, err, c.want)
		}
	}
}

// FuzzReadDeck holds that any file gives prompts or an error, and no empty prompt.
func FuzzReadDeck(f *testing.F) {
	for _, seed := range []string{"one", "[{\"conversations\":[]}]", "id,text\n1,one", "{\"messages\":[{\"role\":\"user\",\"content\":[]}]}", "[", "[,"} {
		f.Add(seed, 0)
	}
	f.Fuzz(func(t *testing.T, content string, format int) {
		defer bounds.Check(t)()
		formats := []string{"", formatText, formatJSONL, formatCSV, formatShareGPT, formatMessages}
		d, err := ReadDeck("a.txt", formats[max(format, 0)%len(formats)], strings.NewReader(content), 0)
		if err != nil {
			return
		}
		for _, text := range d.texts {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%q gives an empty prompt", content)
			}
		}
	})
}
