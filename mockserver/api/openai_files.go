package api

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"
)

// openAIFile is FileObject of the SDK.
type openAIFile struct {
	ID        string `json:"id"`
	Object    string `json:"object"`
	Bytes     int    `json:"bytes"`
	CreatedAt int64  `json:"created_at"`
	Filename  string `json:"filename"`
	Purpose   string `json:"purpose"`
	Status    string `json:"status"`
	ExpiresAt *int64 `json:"expires_at,omitempty"`
}

// storedFile is a file that a client uploaded.
type storedFile struct {
	id, name, purpose string
	created           time.Time
	content           []byte
	// unbilled is what the results in the file are billed as it is read for the first time; the
	// store's mutex guards it.
	unbilled Usage
}

// fileTTL is how long a file for batches is kept, by the doc of FileNewParams.
const fileTTL = 30 * 24 * time.Hour

func (f *storedFile) describe() openAIFile {
	expires := f.created.Add(fileTTL).Unix()
	return openAIFile{
		ID: f.id, Object: "file", Bytes: len(f.content), CreatedAt: f.created.Unix(), Filename: f.name,
		Purpose: f.purpose, Status: "processed", ExpiresAt: &expires,
	}
}

func createFile(q Query) (Response, error) {
	f, err := readUpload(q)
	if err != nil {
		return Response{}, err
	}
	if err := q.Files.addFile(f); err != nil {
		return Response{}, err
	}
	return Response{Body: mustMarshal(f.describe())}, nil
}

// readUpload reads a form with a purpose, which must be batch, and a file.
func readUpload(q Query) (*storedFile, error) {
	_, params, err := mime.ParseMediaType(q.Request.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return nil, refuseParam("", "", "expected a form of type multipart/form-data with a boundary")
	}
	f := &storedFile{id: formatID("file-", q.ID), created: q.Now}
	for form := multipart.NewReader(bytes.NewReader(q.Body), params["boundary"]); ; {
		part, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, refuseParam("", "", "the form is malformed: %v", err)
		}
		content, err := io.ReadAll(part) // of a body of bounded length
		if err != nil {
			return nil, refuseParam("", "", "the form is malformed: %v", err)
		}
		switch part.FormName() {
		case "purpose":
			f.purpose = string(content)
		case "file":
			f.name, f.content = part.FileName(), content
		}
	}
	switch {
	case f.purpose == "":
		return nil, missingParam("purpose")
	case f.purpose != "batch":
		return nil, refuseParam("purpose", codeValue, "'%.40s' is not one of ['batch'], the only purpose of this mock", f.purpose)
	case f.content == nil:
		return nil, missingParam("file")
	case len(f.content) == 0:
		return nil, refuseParam("file", "", "File is empty.")
	}
	return f, nil
}

func getFile(q Query) (Response, error) {
	f, err := q.file()
	if err != nil {
		return Response{}, err
	}
	return Response{Body: mustMarshal(f.describe())}, nil
}

func fileContent(q Query) (Response, error) {
	f, err := q.file()
	if err != nil {
		return Response{}, err
	}
	return Response{ContentType: "application/octet-stream", Body: f.content, Usage: q.Files.bill(f)}, nil
}

func deleteFile(q Query) (Response, error) {
	id := q.Request.PathValue("id")
	if !q.Files.removeFile(id) {
		return Response{}, noSuchFile(id)
	}
	return Response{Body: mustMarshal(struct {
		ID      string `json:"id"`
		Object  string `json:"object"`
		Deleted bool   `json:"deleted"`
	}{id, "file", true})}, nil
}

// file returns the file that the path names: an uploaded one, or one that a batch has written.
func (q Query) file() (*storedFile, error) {
	id := q.Request.PathValue("id")
	if f := q.Files.file(id); f != nil {
		return f, nil
	}
	for _, b := range q.Files.list() {
		output, failed := b.files(q)
		for _, f := range []*storedFile{output, failed} {
			if f != nil && f.id == id {
				return f, nil
			}
		}
	}
	return nil, noSuchFile(id)
}

func noSuchFile(id string) error {
	return &Refusal{Status: http.StatusNotFound, Param: "id", Message: fmt.Sprintf("No such File object: %.80s", id)}
}
