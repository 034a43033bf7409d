using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Charging;
using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>Files of every kind: each row gets the answer that a single call gets, in the order of the file.</summary>
public sealed class BatchFormatTests(Service service)
{
    private static readonly string[] Texts =
    [
        "You have WON! Click here to claim your free cash prize now.", "Meeting at ten in the small room", "",
        "Two\nlines, and a \"quotation\"", "naïve café 漢字 🎉", "Re: your invoice 4711",
        "Dear friend, I am a prince", "The report is attached; regards",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> TextFormats =>
        ["plain.jsonl", "plain.jsonl.gz", "openai.jsonl", "openai.jsonl.gz", "rows.csv", "rows.csv.gz", "rows.tsv", "semicolons.csv",
            "mark.csv"];

    [Theory]
    [MemberData(nameof(TextFormats))]
    public async Task Batch_OfTexts_AnswersEachRowAsASingleCallWould(string name)
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var rows = Enumerable.Range(0, 3).SelectMany(_ => Texts).ToList();

        var batch = await tenant.Client.RunAsync(
            name, Content(name, rows), BatchCalls.Text, name.StartsWith("openai", StringComparison.Ordinal) ? null : "spam");

        Assert.Equal("completed", batch.Status);
        Assert.Equal(new BatchCounts(rows.Count, rows.Count, 0), batch.RequestCounts);
        Assert.Null(batch.ErrorFileId);
        var output = await tenant.Client.RowsAsync(batch.OutputFileId);
        Assert.Equal(rows.Select((_, i) => $"r{i}"), output.Select(o => (string?)(o["custom_id"] ?? o["id"])));
        var singles = await tenant.Client.ClassifyTextAsync(Texts, "spam", cancellation: Cancellation);
        for (var i = 0; i < rows.Count; i++)
        {
            var answer = output[i]["response"]?["body"] ?? output[i]["result"]!;
            var result = answer["results"]![0]!;
            Assert.Equal("spam", (string?)answer["model"]);
            // A text's score may differ in its last digits with what is run beside it.
            Assert.Equal(
                singles.Results[i % Texts.Length].Predictions.Select(p => p.Label),
                result["predictions"]!.AsArray().Select(p => (string)p!["label"]!));
            Assert.Equal(
                singles.Results[i % Texts.Length].Predictions[0].Score!.Value, (float)result["predictions"]![0]!["score"]!, 0.002f);
        }

        Assert.Equal((1, rows.Count * TestTenant.RowPrice), await tenant.ChargedForBatchesAsync(Cancellation));
        Assert.Equal(rows.Count * TestTenant.RowPrice, batch.Cost!.Charge);
    }

    [Theory]
    [InlineData("rows.csv", ',')]
    [InlineData("rows.tsv", '\t')]
    [InlineData("semicolons.csv", ';')]
    public async Task Batch_OfATable_GivesTheTableBackWithAnswers(string name, char delimiter)
    {
        using var tenant = await TestTenant.CreateAsync(service);

        var batch = await tenant.Client.RunAsync(name, Content(name, Texts), BatchCalls.Text, "spam");

        var file = Assert.Single(batch.Files!, f => f.Name == "output.csv");
        var table = await tenant.Client.TextAsync(file.Id);
        var input = Encoding.UTF8.GetString(Content(name, Texts)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var records = table.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(input[0] + string.Join("", ((string[])["label", "score", "predictions"]).Select(c => delimiter + c)), records[0]);
        Assert.Equal(input.Length, records.Length);
        Assert.All(input.Zip(records), p => Assert.StartsWith(p.First, p.Second, StringComparison.Ordinal));
        Assert.StartsWith($"{input[1]}{delimiter}spam{delimiter}0.9", records[1], StringComparison.Ordinal);
        Assert.Equal(file.Bytes, Encoding.UTF8.GetByteCount(table));
        // The same without a key, by its address.
        using var http = new HttpClient();
        Assert.Equal(table, await http.GetStringAsync(file.Url, Cancellation));
    }

    [Fact]
    public async Task Batch_OfPictures_AnswersThoseInAnArchiveAndThoseInLines()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var pictures = Directory.EnumerateFiles(
            Path.GetDirectoryName(Service.Sample("digits", "digit-0.png"))!, "*.png").Order(StringComparer.Ordinal).ToList();
        using var archive = new MemoryStream();
        using (var zip = new ZipArchive(archive, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var picture in pictures)
            {
                zip.CreateEntryFromFile(picture, "in/" + Path.GetFileName(picture), CompressionLevel.Fastest);
            }

            using var junk = zip.CreateEntry("in/readme.txt").Open();
            junk.Write("no picture"u8);
        }

        var lines = string.Concat(
            pictures.Select(
                p =>
                    JsonSerializer.Serialize(
                        new { id = "in/" + Path.GetFileName(p), image = Convert.ToBase64String(File.ReadAllBytes(p)) }) + "\n"));

        var zipped = await tenant.Client.RunAsync("pictures.zip", archive.ToArray(), BatchCalls.Images, "digits");
        var listed = await tenant.Client.RunAsync("pictures.jsonl", lines, BatchCalls.Images, "digits/1");

        var (fromZip, fromLines) = (await tenant.Client.RowsAsync(zipped.OutputFileId), await tenant.Client.RowsAsync(listed.OutputFileId));
        Assert.Equal(pictures.Count, fromZip.Count);
        Assert.Equal(fromLines.Select(Essence), fromZip.Select(Essence));
        foreach (var (picture, row) in pictures.Zip(fromZip))
        {
            var single = await tenant.Client.ClassifyImageAsync(
                await File.ReadAllBytesAsync(picture, Cancellation), "digits", cancellation: Cancellation);
            Assert.Equal("in/" + Path.GetFileName(picture), (string?)row["id"]);
            Assert.Equal(
                single.Predictions.Select(p => (p.Label, p.Score)),
                row["result"]!["predictions"]!.AsArray().Select(p => ((string)p!["label"]!, (float?)p["score"])));
        }

        var error = Assert.Single(await tenant.Client.RowsAsync(zipped.ErrorFileId));
        Assert.Equal(
            ("in/readme.txt", pictures.Count + 1, "not_an_image"),
            ((string)error["id"]!, (int)error["line"]!, (string)error["error"]!["code"]!));
        Assert.Equal((2, 2 * pictures.Count * TestTenant.RowPrice), await tenant.ChargedForBatchesAsync(Cancellation));
    }

    [Fact]
    public async Task Batch_OfUsers_Recommends()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        const string Rows = """
            id,user,n,history,exclude_seen
            a,customer-0001,2,,
            b,nobody,3,"[{""item"": ""coffee-01"", ""rating"": 5}]",true
            c,nobody,1,,
            d,customer-0002,0,,
            e,customer-0002,not a number,,
            """;

        var batch = await tenant.Client.RunAsync("users.csv", Rows, BatchCalls.Recommend, "shop");

        var output = await tenant.Client.RowsAsync(batch.OutputFileId);
        Assert.Equal(
            [("a", "user", 2), ("b", "history", 3), ("c", "popular", 1)],
            output.Select(o => ((string)o["id"]!, (string)o["result"]!["basis"]!, o["result"]!["recommendations"]!.AsArray().Count)));
        var single = await tenant.Client.RecommendAsync(new() { Model = "shop", User = "customer-0001", N = 2 }, Cancellation);
        Assert.Equal(
            single.Recommendations.Select(r => r.Item),
            output[0]["result"]!["recommendations"]!.AsArray().Select(r => (string)r!["item"]!));
        var errors = await tenant.Client.RowsAsync(batch.ErrorFileId);
        Assert.Equal(
            [("d", 5, "invalid_n"), ("e", 6, "malformed_json")],
            errors.Select(e => ((string)e["id"]!, (int)e["line"]!, (string)e["error"]!["code"]!)));
    }

    [Fact]
    public async Task Batch_WithRowsOfSeveralTextsOrAnotherModel_RefusesThese()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        const string Rows = """
            {"id": 1, "model": "spam", "input": ["one text, in an array"]}
            {"id": 2, "input": ["one text", "and another"]}
            {"id": 3, "model": "sentiment", "input": "of another model"}
            """;

        var batch = await tenant.Client.RunAsync("texts.jsonl", Rows, BatchCalls.Text, null);

        Assert.Equal(new BatchCounts(3, 1, 2), batch.RequestCounts);
        var errors = await tenant.Client.RowsAsync(batch.ErrorFileId);
        Assert.Equal(
            [("2", 2, "several_inputs"), ("3", 3, "other_model")],
            errors.Select(e => ((string)e["id"]!, (int)e["line"]!, (string)e["error"]!["code"]!)));
    }

    private static string Essence(JsonNode row) => $"{row["id"]} {row["result"]!["predictions"]!.ToJsonString()}";

    private static byte[] Content(string name, IReadOnlyList<string> texts)
    {
        var kind = name.Split('.')[0];
        var text = new StringBuilder();
        switch (kind)
        {
            case "plain":
                texts.Select(
                    (t, i) => JsonSerializer.Serialize(new { id = $"r{i}", text = t })).ToList().ForEach(l => text.Append(l).Append('\n'));
                break;
            case "openai":
                texts.Select(
                    (t, i) =>
                        JsonSerializer.Serialize(
                            new
                            {
                                custom_id = $"r{i}",
                                method = "POST",
                                url = BatchCalls.Text,
                                body = new { model = "spam", input = t }
                            })).ToList().ForEach(l => text.Append(l).Append("\r\n"));
                break;
            default:
                var delimiter = name.EndsWith(".tsv", StringComparison.Ordinal) ? '\t' : kind == "semicolons" ? ';' : ',';
                text.Append(kind == "mark" ? "\uFEFF" : "").Append(delimiter == '\t' ? "id\ttext\r\n" : $"id{delimiter}text\r\n");
                texts.Select((t, i) => $"r{i}{delimiter}{Cell(t, delimiter)}").ToList().ForEach(l => text.Append(l).Append("\r\n"));
                break;
        }

        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        if (!name.EndsWith(".gz", StringComparison.Ordinal))
        {
            return bytes;
        }

        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }

    private static string Cell(string text, char delimiter) =>
        text.IndexOfAny([delimiter, '"', '\n']) < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
