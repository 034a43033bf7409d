using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Functions.HuggingFace;
using PerCall.Functions.Images;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Functions.Text;
using Xunit;

namespace PerCall.Functions.Tests.HuggingFace;

public sealed class HuggingFaceRequestReaderTests
{
    private static readonly HuggingFaceRequestReader Reader = new(
        new TaskScorers([new TextScorer(Options.Create(new TextOptions { MaxBytes = 2048 }))]),
        Options.Create(new ImageOptions { MaxBytes = 1024 }));

    [Theory]
    [InlineData("""{"inputs": "a"}""", JsonTokenType.String)]
    [InlineData("""{"inputs": ["a"], "parameters": {"top_k": [1]}, "options": null}""", JsonTokenType.StartArray)]
    [InlineData("""{"inputs": {"data": {}}, "normalize": true, "truncate": true, "dimensions": 2}""", JsonTokenType.StartObject)]
    [InlineData("""{"inputs": null}""", JsonTokenType.Null)]
    [InlineData("{}", JsonTokenType.None)]
    public async Task Read_Json_KnowsTheKindOfTheInputs(string json, JsonTokenType kind)
    {
        using var body = await ReadAsync(json, "application/json; charset=utf-8");

        Assert.Equal((true, kind), (body.IsJson, body.Inputs));
    }

    [Theory]
    [InlineData("image/png")]
    [InlineData("IMAGE/jpeg")]
    [InlineData("application/octet-stream")]
    [InlineData(null)]
    [InlineData("")]
    public async Task Read_OtherBytes_AreAPicture(string? contentType)
    {
        using var body = await ReadAsync("abc", contentType);

        Assert.Equal((false, JsonTokenType.None, 3), (body.IsJson, body.Inputs, body.Bytes.Length));
        var refused = Assert.Throws<RefusedException>(
            () => body.Parse(HuggingFaceJson.Strict.ClassifyTextsBody, "{\"inputs\"}"));
        Assert.Equal((415, "unsupported_content_type"), (refused.Status, refused.Code));
    }

    [Theory]
    [InlineData("""{"inputs": "a", "parameter": {}}""", 400, "unknown_member", "parameter")]
    [InlineData("""{"text": "a"}""", 400, "unknown_member", "text")]
    [InlineData("""{"inputs": "a" """, 400, "malformed_json", null)]
    [InlineData("[]", 400, "malformed_json", null)]
    [InlineData("", 400, "malformed_json", null)]
    public async Task Read_JsonOfNoTask_IsRefused(string json, int status, string code, string? param)
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => ReadAsync(json, "application/json"));

        Assert.Equal((status, code, param), (refused.Status, refused.Code, refused.Param));
    }

    [Theory]
    [InlineData("multipart/form-data; boundary=x", 10, 415)]
    [InlineData("application/x-www-form-urlencoded", 10, 415)]
    [InlineData("text/plain", 10, 415)]
    [InlineData("image/png", 1025, 413)]
    [InlineData("application/json", 2049, 413)]
    public async Task Read_OtherTypeOrLength_IsRefused(string contentType, int length, int status) =>
        Assert.Equal(
            status, (await Assert.ThrowsAsync<RefusedException>(() => ReadAsync(new string(' ', length), contentType))).Status);

    [Theory]
    [InlineData("""{"inputs": "a"}""", "a", false)]
    [InlineData("""{"inputs": ["a"]}""", "a", true)]
    [InlineData("""{"inputs": ["a", "b"], "parameters": null}""", "a b", true)]
    public async Task Parse_Texts_KnowsWhetherTheyAreAList(string json, string texts, bool isList)
    {
        using var body = await ReadAsync(json, "application/json");

        var parsed = body.Parse(HuggingFaceJson.Strict.ClassifyTextsBody, "");
        Assert.Equal((texts, isList), (string.Join(' ', parsed.Inputs!.Texts), parsed.Inputs.IsList));
    }

    [Theory]
    [InlineData("""{"inputs": "a", "parameters": {"top_k": 1}}""", "Unknown member 'parameters.top_k'; allowed in 'parameters': none.")]
    [InlineData("""{"inputs": "a", "options": {"use_gpu": true}}""", "allowed in 'options': use_cache, wait_for_model.")]
    [InlineData("""{"inputs": 1}""", "at 'inputs': expected a string or an array of strings (line 1).")]
    [InlineData("""{"inputs": "a", "dimensions": "x"}""", "'dimensions' is the string \"x\"; expected a whole number.")]
    public async Task Parse_MemberThatTheTaskDoesNotHave_IsRefusedByName(string json, string message)
    {
        using var body = await ReadAsync(json, "application/json");

        var refused = Assert.Throws<RefusedException>(() => body.Parse(HuggingFaceJson.Strict.EmbedTextsBody, "{\"inputs\"}"));
        Assert.EndsWith(message, refused.Message, StringComparison.Ordinal);
    }

    private static Task<HuggingFaceBody> ReadAsync(string body, string? contentType)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var request = new DefaultHttpContext
        {
            Request = { Body = new MemoryStream(bytes), ContentLength = bytes.Length, ContentType = contentType },
        }.Request;
        return Reader.ReadAsync(request, TestContext.Current.CancellationToken);
    }
}
