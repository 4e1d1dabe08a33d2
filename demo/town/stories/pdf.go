package stories

import (
	"bytes"
	"fmt"
	"strings"
)

// onePage makes a PDF of one A4 page: a title and lines, in Helvetica.
func onePage(title string, lines []string) []byte {
	var text strings.Builder
	fmt.Fprintf(&text, "BT /F1 16 Tf 56 780 Td (%s) Tj /F1 11 Tf 0 -28 Td 16 TL\n", pdfString(title))
	for _, line := range lines {
		fmt.Fprintf(&text, "(%s) Tj T*\n", pdfString(line))
	}
	text.WriteString("ET")
	return assemble(pdfString(title),
		"<< /Type /Catalog /Pages 2 0 R /Lang (en-GB) >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R >>",
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", text.Len(), text.String()),
	)
}

// assemble numbers the objects and writes the table that finds them.
func assemble(title string, objects ...string) []byte {
	objects = append(objects, "<< /Title ("+title+") >>")
	var pdf bytes.Buffer
	pdf.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, len(objects))
	for i, object := range objects {
		offsets[i] = pdf.Len()
		fmt.Fprintf(&pdf, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	start := pdf.Len()
	fmt.Fprintf(&pdf, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, offset := range offsets {
		fmt.Fprintf(&pdf, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&pdf, "trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, len(objects), start)
	return pdf.Bytes()
}

// pdfString escapes s and writes it in the page's one-byte encoding, which
// for Latin letters is the code point itself.
func pdfString(s string) string {
	var b []byte
	for _, r := range s {
		switch {
		case r == '(' || r == ')' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < 256:
			b = append(b, byte(r))
		default:
			b = append(b, '?')
		}
	}
	return string(b)
}
