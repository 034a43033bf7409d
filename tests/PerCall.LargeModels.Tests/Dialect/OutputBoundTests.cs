using PerCall.LargeModels.Dialect;
using PerCall.LargeModels.Routes;
using Xunit;

namespace PerCall.LargeModels.Tests.Dialect;

public sealed class OutputBoundTests
{
    private static CallLimits Plan(int tokens) => new(tokens, 1_000_000);

    [Theory]
    [InlineData("", null, 1000, 1000)]
    [InlineData("", 300, 300, 300)]
    [InlineData("\"n\":3", null, 1000, 3000)]
    [InlineData("\"n\":3", 1000, 333, 999)]
    [InlineData("\"max_completion_tokens\":50", 300, 50, 50)]
    [InlineData("\"max_tokens\":50,\"n\":4", 300, 50, 200)]
    [InlineData("\"max_tokens\":null", 300, 300, 300)]
    [InlineData("\"max_tokens\":75,\"max_completion_tokens\":null,\"n\":4", 300, 75, 300)]
    public void Check_Bound_IsSetInTheRoutesField(string members, int? plan, int perChoice, int bound)
    {
        foreach (var field in (string[])["max_completion_tokens", "max_tokens"])
        {
            var facts = Requests.Chat(members, out var body, Requests.Route(field: field), new(plan, 1));

            Assert.Equal(bound, facts.OutputBound);
            Assert.Equal(perChoice, body[field]!.GetValue<int>());
            Assert.Single(body, member => member.Key.StartsWith("max_", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("\"max_tokens\":301", "output_limit_exceeded", "max_tokens")]
    [InlineData("\"max_completion_tokens\":301", "output_limit_exceeded", "max_completion_tokens")]
    [InlineData("\"max_completion_tokens\":1001", "output_limit_exceeded", "max_completion_tokens")]
    [InlineData("\"max_tokens\":151,\"n\":2", "output_limit_exceeded", "max_tokens")]
    [InlineData("\"max_tokens\":10,\"max_completion_tokens\":10", "invalid_value", "max_tokens")]
    [InlineData("\"max_tokens\":0", "invalid_value", "max_tokens")]
    [InlineData("\"max_tokens\":-1", "invalid_value", "max_tokens")]
    [InlineData("\"max_tokens\":99999999999", "invalid_value", "max_tokens")]
    [InlineData("\"max_tokens\":\"5\"", "invalid_type", "max_tokens")]
    [InlineData("\"max_tokens\":1e2", "invalid_type", "max_tokens")]
    [InlineData("\"max_output_tokens\":5", "unsupported_parameter", "max_output_tokens")]
    [InlineData("\"n_predict\":5", "unsupported_parameter", "n_predict")]
    public void Check_BoundBeyondWhatIsAllowed_NamesTheField(string members, string code, string param) =>
        Requests.Refused(() => Requests.Chat(members, limits: Plan(300)), code, param);

    [Fact]
    public void Check_MoreChoicesThanThePlanHasTokens_NamesThem() =>
        Requests.Refused(() => Requests.Chat("\"n\":11", limits: Plan(10)), "output_limit_exceeded", "n");

    [Fact]
    public void Check_LittleContextLeft_BoundsTheOutput()
    {
        var facts = Requests.Chat("", out var body, Requests.Route(context: 100));

        Assert.Equal(100 - 9 - 16, facts.OutputBound);
        Assert.Equal(75, body["max_completion_tokens"]!.GetValue<int>());
        Assert.Equal(1, Requests.Chat("", Requests.Route(context: 10)).OutputBound);
    }

    [Fact]
    public void Check_Prediction_IsBilledAsOutputWhenRejected()
    {
        const string members = "\"max_tokens\":100,\"prediction\":{\"type\":\"content\",\"content\":\"hello world hello world\"}";

        var facts = Requests.Chat(members);

        Assert.InRange(facts.OutputBound, 104, 140);
        Requests.Refused(() => Requests.Chat(members, limits: Plan(103)), "output_limit_exceeded", "max_tokens");
        Requests.Refused(() => Requests.Chat("\"prediction\":{\"type\":\"content\"}"), "missing_required_parameter", "prediction.content");
    }

    [Fact]
    public void Check_Responses_HaveTheirOwnField()
    {
        Assert.Equal(300, Requests.Responses("\"stream\":false", out var body, limits: Plan(300)).OutputBound);
        Assert.Equal(300, body["max_output_tokens"]!.GetValue<int>());
        Requests.Refused(() => Requests.Responses("\"max_output_tokens\":301", limits: Plan(300)), "output_limit_exceeded", "max_output_tokens");
        Requests.Refused(() => Requests.Responses("\"max_tokens\":5"), "unsupported_parameter", "max_tokens");
    }

    [Fact]
    public void Check_Embeddings_HaveNoOutput() =>
        Assert.Equal(0, Requests.Embeddings("\"a\"", Requests.Route(tokenizer: TokenizerKind.Cl100kBase)).OutputBound);
}
