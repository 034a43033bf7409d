using PerCall.LargeModels.Dialect;
using PerCall.LargeModels.Providers;
using PerCall.LargeModels.Tests.Tokens;
using Xunit;

namespace PerCall.LargeModels.Tests.Dialect;

public sealed class AudioChecksTests
{
    [Fact]
    public void Check_File_IsMeasuredInSeconds()
    {
        var facts = Check(AudioFiles.Wav(3), ("language", "de"), ("temperature", "0.2"), ("new_field", "x"));

        Assert.Equal((3, 0, 0, 0), (facts.AudioSeconds, facts.PromptTokens, facts.PromptBound, facts.OutputBound));
        Assert.Equal((false, true), (facts.Stream, facts.JsonAnswer));
        Assert.True(Check(AudioFiles.Wav(1), ("stream", "true")).Stream);
    }

    [Theory]
    [InlineData("json", true)]
    [InlineData("verbose_json", true)]
    [InlineData("diarized_json", true)]
    [InlineData("text", false)]
    [InlineData("srt", false)]
    [InlineData("vtt", false)]
    public void Check_Format_SaysWhetherTheAnswerIsJson(string format, bool json) =>
        Assert.Equal(json, Check(AudioFiles.Wav(1), ("response_format", format)).JsonAnswer);

    [Fact]
    public void Check_ListsOfAForm_CanRepeat() =>
        Check(AudioFiles.Wav(1), ("timestamp_granularities[]", "word"), ("timestamp_granularities[]", "segment"));

    [Fact]
    public void Check_BadForm_NamesTheField()
    {
        Requests.Refused(() => Check([]), "missing_required_parameter", "file");
        Requests.Refused(() => Check(AudioFiles.Wav(1), ("response_format", "xml")), "invalid_value", "response_format");
        Requests.Refused(
            () => Check(AudioFiles.Wav(1), ("response_format", "text"), ("stream", "true")), "invalid_value", "response_format");
        Requests.Refused(() => Check(AudioFiles.Wav(1), ("stream", "maybe")), "invalid_type", "stream");
        Requests.Refused(
            () => Check(AudioFiles.Wav(1), ("response_format", "json"), ("Response_Format", "text")), "invalid_value", "Response_Format");
        Requests.Refused(
            () => AudioChecks.Check(
                new([], AudioFiles.Wav(1), "a.wav"), Requests.Route(endpoints: [LargeModelEndpoint.Embeddings]), Requests.Unlimited),
            "endpoint_not_supported",
            "model");
    }

    private static CallFacts Check(byte[] file, params (string Name, string Value)[] fields) => AudioChecks.Check(
        new AudioForm([.. fields.Select(f => KeyValuePair.Create(f.Name, f.Value))], file, "a.wav"), Requests.Route(), Requests.Unlimited);
}
