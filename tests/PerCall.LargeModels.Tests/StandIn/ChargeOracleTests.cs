using PerCall.StandIn;
using PerCall.Testing.LargeModels;
using Xunit;

namespace PerCall.LargeModels.Tests.StandIn;

/// <summary>The oracle of the scripted calls has to find each kind of wrong charge.</summary>
public sealed class ChargeOracleTests
{
    private static readonly ScriptedCall Call = new()
    {
        Id = "x",
        Kind = CallKind.Chat,
        Model = StandInModels.Rounded,
        Script = "",
        Stream = true,
        PromptTokens = 20,
        Bound = 10,
        Ending = Ending.Reported,
        In = 26,
        Out = 6,
        Visible = 6,
    };

    private static readonly ReceivedCall Complete = new(Call, 200, 6, Ended: true, Left: false, null, null, HasUsage: false);

    private static readonly ReceivedCall Cut = Complete with { Tokens = 3, Ended = false, Left = true };

    [Fact]
    public void Charge_OfTheReportedUsage_IsRight() => Assert.Null(Mismatch(Complete, Charge(26, 6)));

    [Fact]
    public void Charge_OfAnotherNumber_IsWrong()
    {
        Assert.NotNull(Mismatch(Complete, Charge(26, 7)));
        Assert.NotNull(Mismatch(Complete, Charge(25, 6)));
        Assert.NotNull(Mismatch(Complete, Charge(26, 6, "counted")));
        Assert.NotNull(Mismatch(Complete, Charge(26, 6) with { Model = "steady" }));
    }

    [Fact]
    public void Charge_WithAnotherRounding_IsWrong() => Assert.NotNull(Mismatch(Complete, Charge(26, 6, surplus: 1)));

    [Fact]
    public void Charge_OfARefusedCall_IsWrong() => Assert.NotNull(Mismatch(Complete with { Status = 429, Tokens = 0 }, Charge(26, 6)));

    [Theory]
    [InlineData(27, 2, false)]
    [InlineData(27, 3, true)]
    [InlineData(27, 5, true)]
    [InlineData(27, 6, false)]
    [InlineData(26, 4, false)]
    [InlineData(27, 0, false)]
    public void Charge_OfACallerWhoLeft_IsBetweenReceivedAndEmitted(long input, long output, bool isRight) =>
        Assert.Equal(isRight, Mismatch(Cut, Charge(input, output, "counted"), emitted: 5) is null);

    [Fact]
    public void Charge_ThatIsMissing_IsWrongIfATokenArrived()
    {
        Assert.NotNull(ChargeOracle.FaultWithout(Complete));
        Assert.NotNull(ChargeOracle.FaultWithout(Cut));
        Assert.Null(ChargeOracle.FaultWithout(Cut with { Tokens = 0 }));
    }

    private static string? Mismatch(ReceivedCall received, CallCharge charge, int emitted = 6) =>
        new ChargeOracle(killed: false).Mismatch(received, charge, Emitted(emitted));

    private static List<Emission> Emitted(int tokens)
    {
        var emission = new Emission("x", "/v1/chat/completions", "rounded");
        emission.Add(tokens);
        return [emission];
    }

    private static CallCharge Charge(long input, long output, string basis = "reported", long surplus = 0) => new(
        "llm_1",
        Call.Model.Name,
        new Dictionary<string, long> { ["token_in"] = input, ["token_out"] = output },
        new Dictionary<string, long>
        {
            ["token_in"] = Call.Model.PriceOf("token_in", input),
            ["token_out"] = Call.Model.PriceOf("token_out", output) + surplus,
        },
        basis,
        0);
}
