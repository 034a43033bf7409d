using Azure;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.Requests;
using PerCall.Inference;
using Xunit;

namespace PerCall.Functions.Tests.Requests;

public sealed class ProblemsTests
{
    [Fact]
    public void From_FaultOfTheService_TellsNothingOfIt()
    {
        var problem = Problems.From(new InvalidOperationException("connection string is Secret=123"));

        Assert.Equal((500, "internal_error"), (problem.Status, problem.Code));
        Assert.DoesNotContain("Secret", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void From_StorageThatDoesNotAnswer_IsUnavailableForAWhile()
    {
        foreach (Exception fault in new Exception[] { new RequestFailedException(500, "account key"), new AggregateException(
            new RequestFailedException("no connection")) })
        {
            Assert.Equal((503, "storage_unavailable"), (Problems.From(fault).Status, Problems.From(fault).Code));
            Assert.Equal("5", Problems.HeadersOf(fault)["Retry-After"]);
            Assert.DoesNotContain("key", Problems.From(fault).Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void From_ModelThatIsFull_SaysWhenToTryAgain()
    {
        var fault = new ModelBusyException("full", TimeSpan.FromMilliseconds(1200));

        Assert.Equal((503, "model_busy"), (Problems.From(fault).Status, Problems.From(fault).Code));
        Assert.Equal("2", Problems.HeadersOf(fault)["Retry-After"]);
    }

    [Fact]
    public void From_BodyThatTheServerCutOff_IsTooLarge() =>
        Assert.Equal(
            (413, "body_too_large"),
            (Problems.From(new BadHttpRequestException("", 413)).Status, Problems.From(new BadHttpRequestException("", 413)).Code));
}
