package sdk_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
)

// uploadBatch uploads n chat requests as a file, as the guide of the Batch API does.
func uploadBatch(t *testing.T, client openai.Client, n int, endpoint, body string) *openai.FileObject {
	t.Helper()
	var lines bytes.Buffer
	for i := range n {
		fmt.Fprintf(&lines, `{"custom_id":"r%d","method":"POST","url":%q,"body":%s}`+"\n", i, endpoint, body)
	}
	file, err := client.Files.New(testContext(t), openai.FileNewParams{
		File: openai.File(&lines, "requests.jsonl", "application/jsonl"), Purpose: openai.FilePurposeBatch,
	})
	if err != nil {
		t.Fatal(err)
	}
	checkConformance(t, file)
	return file
}

// endedBatch polls a batch until it has ended.
func endedBatch(t *testing.T, client openai.Client, id string) *openai.Batch {
	t.Helper()
	for {
		b, err := client.Batches.Get(testContext(t), id)
		if err != nil {
			t.Fatal(err)
		}
		checkConformance(t, b)
		switch b.Status {
		case openai.BatchStatusValidating, openai.BatchStatusInProgress, openai.BatchStatusFinalizing, openai.BatchStatusCancelling:
			time.Sleep(20 * time.Millisecond)
		default:
			return b
		}
	}
}

// batchLines returns the bodies of the responses in a file, by custom ID.
func batchLines(t *testing.T, client openai.Client, id string) map[string]json.RawMessage {
	t.Helper()
	answer, err := client.Files.Content(testContext(t), id)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]json.RawMessage{}
	for line := range strings.Lines(string(text)) {
		var one struct {
			ID       string          `json:"custom_id"`
			Response json.RawMessage `json:"response"`
		}
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		var response struct {
			Body json.RawMessage `json:"body"`
		}
		_ = json.Unmarshal(one.Response, &response) // null if there was none
		out[one.ID] = response.Body
	}
	return out
}

func TestOpenAIBatch(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, protocol string) {
		const n = 5
		m := newMock(t)
		client := m.openai(t, protocol, &recorder{})
		file := uploadBatch(t, client, n, "/v1/chat/completions", `{"model":"m","messages":[{"role":"user","content":"How heavy?"}]}`)
		b, err := client.Batches.New(testContext(t), openai.BatchNewParams{
			InputFileID: file.ID, Endpoint: openai.BatchNewParamsEndpointV1ChatCompletions, CompletionWindow: openai.BatchNewParamsCompletionWindow24h,
		})
		if err != nil {
			t.Fatal(err)
		}
		checkConformance(t, b)
		ended := endedBatch(t, client, b.ID)
		if ended.Status != openai.BatchStatusCompleted || ended.RequestCounts.Completed != n || ended.ErrorFileID != "" {
			t.Fatalf("it ended as %s", ended.RawJSON())
		}
		lines := batchLines(t, client, ended.OutputFileID)
		for i := range n {
			var completion openai.ChatCompletion
			if err := completion.UnmarshalJSON(lines[fmt.Sprintf("r%d", i)]); err != nil || completion.Usage.CompletionTokens != outputTokens {
				t.Errorf("r%d: %v, %s", i, err, completion.RawJSON())
			}
			checkConformance(t, completion)
		}
		if counts := m.ledger(t); counts.Prompts != n {
			t.Errorf("the ledger has %d prompts", counts.Prompts)
		}
		if _, err := client.Files.Delete(testContext(t), file.ID); err != nil {
			t.Error(err)
		}
		if _, err := client.Files.Get(testContext(t), file.ID); err == nil {
			t.Error("a deleted file is there")
		}
		pager := client.Batches.ListAutoPaging(testContext(t), openai.BatchListParams{Limit: openai.Int(1)})
		listed := 0
		for pager.Next() {
			listed++
		}
		if pager.Err() != nil || listed != 1 {
			t.Errorf("%d batches, %v", listed, pager.Err())
		}
	})
}

func TestOpenAIBatchFailuresAndCancel(t *testing.T) {
	t.Parallel()
	m := newMock(t, itemErrors)
	client := m.openai(t, "HTTP/2.0", &recorder{})
	create := func(endpoint openai.BatchNewParamsEndpoint, body string) *openai.Batch {
		file := uploadBatch(t, client, 2, string(endpoint), body)
		b, err := client.Batches.New(testContext(t), openai.BatchNewParams{
			InputFileID: file.ID, Endpoint: endpoint, CompletionWindow: openai.BatchNewParamsCompletionWindow24h,
		})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	failed := endedBatch(t, client, create(openai.BatchNewParamsEndpointV1Responses, `{"model":"m","input":"a"}`).ID)
	if failed.RequestCounts.Failed != 2 || failed.OutputFileID != "" || len(batchLines(t, client, failed.ErrorFileID)) != 2 {
		t.Errorf("every item fails: %s", failed.RawJSON())
	}
	slow := newMock(t, batchDuration(time.Hour))
	client = slow.openai(t, "HTTP/2.0", &recorder{})
	b := create(openai.BatchNewParamsEndpointV1Responses, `{"model":"m","input":"a"}`)
	if b, err := client.Batches.Cancel(testContext(t), b.ID); err != nil || b.Status != openai.BatchStatusCancelling {
		t.Fatalf("%v, %+v", err, b)
	}
	if ended := endedBatch(t, client, b.ID); ended.Status != openai.BatchStatusCancelled || len(batchLines(t, client, ended.ErrorFileID)) != 2 {
		t.Errorf("it ended as %s", ended.RawJSON())
	}
}
