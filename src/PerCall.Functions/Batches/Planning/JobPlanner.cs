using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Calls;
using PerCall.Functions.Batches.Files;
using PerCall.Functions.Batches.Formats;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Transfers;
using PerCall.Inference;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Batches.Planning;

/// <summary>Plans a job: detects the file's format, finds the model and the price of a row, and cuts the file into shards.</summary>
public sealed class JobPlanner(
    RowSource source,
    Sampler sampler,
    LineCounter counter,
    ShardCuts cuts,
    WorkFiles files,
    BatchReaders readers,
    CallModels models,
    ModelRegistry registry,
    PlanTable plans,
    IOptions<BatchOptions> options,
    TimeProvider time)
{
    /// <param name="job">The job.</param>
    /// <param name="runsRows">Whether to run the first rows in order to measure their speed.</param>
    /// <param name="cancellation">Cancels the planning.</param>
    /// <exception cref="RefusedException">The format of the file is not supported, or the plan has no price for the batch.</exception>
    /// <exception cref="InferenceException">The model does not exist or is for another task.</exception>
    /// <exception cref="InputLostException">The file has changed or was deleted.</exception>
    public async Task<JobPlan> PlanAsync(Job job, bool runsRows, CancellationToken cancellation)
    {
        var reader = readers.Of(job.Order);
        var input = job.Order.Input;
        var probe = await ProbeAsync(job, input, input.FileName, reader, cancellation);
        var plan = await DescribeAsync(probe, input, reader, cancellation);
        if (probe.Gzip)
        {
            plan = plan with { Source = await UnpackAsync(job, input, cancellation) };
            probe = await ProbeAsync(
                job, plan.Source, input.FileName.Replace(".gz", "", StringComparison.OrdinalIgnoreCase), reader, cancellation);
        }

        plan.RowFormat.ColumnsFor(reader)?.Require();
        var (style, named) = await sampler.LookAsync(plan, reader, cancellation);
        var terms = (await plans.FindAsync(job.Order.PlanId, cancellation))?.Find(job.Order.PlanVersion)
            ?? throw new InvalidOperationException($"Plan '{job.Order.PlanId}' not found in storage.");
        if (reader is CallReader calls)
        {
            return await PlanCallsAsync(job, plan, models.Require(calls, job.Order.Model ?? named, terms), terms, cancellation);
        }

        var scorer = (ITaskScorer)reader;
        using var model = await AcquireAsync(job.Order.Model ?? named, scorer.Task, cancellation);
        var manifest = model.Manifest;
        RequireColumns(plan.RowFormat, scorer, manifest);
        var price = PriceOf(terms, manifest.Name, scorer);
        plan = plan with
        {
            Style = style,
            ModelName = manifest.Name,
            ModelVersion = manifest.Version,
            ModelNames = model.OtherNames,
            Price = price,
            Currency = terms.Currency,
            Redact = terms.Redact,
            Fallback = await FallbackOfAsync(manifest, price, terms, scorer, cancellation),
        };
        var sample = runsRows ? await sampler.RunAsync(plan, model.Model, scorer, cancellation) : RowSample.Guess;
        return await CutAsync(job, ShardSize.Of(plan, sample, options.Value), cancellation);
    }

    /// <summary>Compares the header of a CSV file with the columns of the model.</summary>
    /// <exception cref="RefusedException">400: the header does not fit the model.</exception>
    public static void RequireColumns(RowFormat format, ITaskScorer scorer, ModelManifest model)
    {
        if (format.ColumnsFor(scorer) is { } columns)
        {
            scorer.RequireColumns(model, columns.Cells);
        }
    }

    /// <summary>Returns the plan's price for rows of batches or, if the plan has none, the price of the same single call.</summary>
    /// <exception cref="RefusedException">403: the plan does not include the batch.</exception>
    public static Price PriceOf(PlanTerms terms, string model, ITaskScorer scorer) =>
        FindPrice(terms, model, scorer)
        ?? throw new RefusedException(
            403,
            "not_in_plan",
            $"The plan '{terms.Plan}' has no price for '{Operations.Batch.Name}' or '{scorer.Operation.Name}' for the model "
                + $"'{ModelParameters.Shown(model)}', so the plan does not include this batch.",
            "model");

    /// <summary>Returns the fallback that can answer rows; null: none can, and the model's own answers stay.</summary>
    /// <param name="manifest">The model's manifest.</param>
    /// <param name="price">The model's price (<see cref="PriceOf"/>). The fallback's price must have the same unit.</param>
    /// <param name="terms">The plan.</param>
    /// <param name="scorer">The task of the rows.</param>
    /// <param name="cancellation">Cancels the wait for storage.</param>
    public async Task<JobFallback?> FallbackOfAsync(
        ModelManifest manifest, Price price, PlanTerms terms, ITaskScorer scorer, CancellationToken cancellation)
    {
        if (manifest.Fallback is not { Model: var name } || FindPrice(terms, name, scorer) is not { } own || own.Unit != price.Unit)
        {
            return null;
        }

        try
        {
            var fallback = await registry.ResolveAsync(name, scorer.Task, cancellation);
            return new(fallback.Name, fallback.Version, own);
        }
        catch (ModelNotFoundException)
        {
            return null;
        }
    }

    private static Price? FindPrice(PlanTerms terms, string model, ITaskScorer scorer) =>
        terms.PriceOf(Operations.Batch.Name, model, Operations.Batch.Unit)
        ?? terms.PriceOf(scorer.Operation.Name, model, scorer.Operation.Unit);

    private async Task<JobPlan> PlanCallsAsync(Job job, JobPlan plan, CallModel model, PlanTerms terms, CancellationToken cancellation)
    {
        plan = plan with
        {
            Style = RowStyle.OpenAi,
            ModelName = model.Route.Model,
            ModelVersion = model.Route.Deployments[0].Target,
            Calls = model.Plan,
            Price = model.Plan.Prices[0],
            Currency = terms.Currency,
            Redact = terms.Redact,
        };
        var sample = await sampler.MeasureCallsAsync(plan, model.Reader, cancellation);
        return await CutAsync(job, ShardSize.Of(plan, sample, options.Value), cancellation);
    }

    private async Task<InputProbe> ProbeAsync(
        Job job, JobInput input, string name, IInputReader reader, CancellationToken cancellation)
    {
        var probe = await InputProbe.ReadAsync(source, input, name, reader, job.Order.Encoding, cancellation);
        CallFiles.Require(probe, reader);
        return probe;
    }

    private async Task<JobPlan> DescribeAsync(InputProbe probe, JobInput input, IInputReader reader, CancellationToken cancellation)
    {
        var directory = probe.Format == InputFormat.Zip ? await source.DirectoryAsync(input, reader, cancellation) : default;
        return new JobPlan
        {
            Source = input,
            Format = probe.Format,
            Delimiter = probe.Delimiter,
            LineEnds = probe.LineEnds,
            Encoding = probe.Encoding,
            Mark = probe.Mark,
            Columns = probe.Columns,
            Start = probe.Start,
            StartLine = probe.StartLine,
            Directory = directory.Offset,
            DirectoryBytes = directory.Length,
            ModelName = "",
            ModelVersion = "",
            Price = new("", "", "", 0),
            Currency = "",
        };
    }

    /// <summary>Acquires a batch's model and keeps it loaded.</summary>
    /// <param name="name">The model named in the call or else in the first row; null: neither names a model.</param>
    /// <param name="task">The task of the batch.</param>
    /// <param name="cancellation">Cancels the wait for memory.</param>
    /// <exception cref="RefusedException">Neither the call nor the first row names a model, or the model is for another task.</exception>
    /// <exception cref="InferenceException">The model does not exist.</exception>
    public async Task<BatchModel> AcquireAsync(string? name, ModelTask task, CancellationToken cancellation)
    {
        var reference = ModelParameters.Model(name, "'model' in the call, or in the first row");
        var lease = await AcquireAsync(reference, cancellation);
        if (lease.Model.Manifest is var manifest && manifest.Task == task)
        {
            return new(reference, lease);
        }

        lease.Dispose();
        throw new RefusedException(
            404,
            "wrong_task",
            $"The model '{manifest.Name}' is for {ManifestNames.Of(manifest.Task)}, but this batch is for {ManifestNames.Of(task)}.",
            "model");
    }

    private async Task<ModelLease> AcquireAsync(string reference, CancellationToken cancellation)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                return await registry.AcquireAsync(reference, cancellation);
            }
            catch (ModelBusyException) when (tries < 30)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), time, cancellation);
            }
        }
    }

    private async Task<JobPlan> CutAsync(Job job, JobPlan plan, CancellationToken cancellation)
    {
        plan = plan with { Cuts = $"cuts-{RandomNumberGenerator.GetHexString(8, lowercase: true)}" };
        switch (plan.Format)
        {
            case InputFormat.JsonLines:
                // Cut by bytes only, so that a large file takes no longer than a small one.
                var shards = (int)((plan.Source.Bytes + plan.ShardBytes - 1) / plan.ShardBytes);
                var perPart = LineCounter.ShardsOfPart(plan);
                plan = plan with { Shards = shards, Counts = (shards + perPart - 1) / perPart };
                return plan.Counts == 1 ? await CountedAsync(job, plan, cancellation) : plan;

            case InputFormat.Zip:
                await using (var directory = source.Open(plan.Source, plan.Directory, plan.DirectoryBytes))
                {
                    return await KeepAsync(
                        job, plan, await ZipCutter.CutAsync(
                            directory, new(plan.Directory, plan.DirectoryBytes), plan.ShardRows, int.MaxValue, cancellation), cancellation);
                }

            default:
                var cutter = new FileCutter(plan.Delimiter, plan.LineEnds, plan.ShardBytes, plan.Start, plan.StartLine);
                await using (var rows = source.Open(plan.Source, plan.Start, plan.Source.Bytes - plan.Start))
                {
                    await cutter.CutAsync(rows, cancellation);
                }

                return await KeepAsync(job, plan, cutter.Cuts, cancellation);
        }
    }

    private async Task<JobPlan> CountedAsync(Job job, JobPlan plan, CancellationToken cancellation)
    {
        var (counts, ends) = await counter.CountAsync(plan, 0, cancellation);
        return await KeepAsync(
            job, plan, LineCounter.Cuts(plan, counts, ends), await counter.BoundsAsync(plan, 0, cancellation), cancellation);
    }

    /// <summary>Stores the cuts for the step that gives out shards.</summary>
    public Task<JobPlan> KeepAsync(Job job, JobPlan plan, IReadOnlyList<ShardCut> found, CancellationToken cancellation) =>
        KeepAsync(job, plan, found, bounds: default, cancellation);

    /// <inheritdoc cref="KeepAsync(Job, JobPlan, IReadOnlyList{ShardCut}, CancellationToken)"/>
    /// <param name="job">The job.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="found">The cuts.</param>
    /// <param name="bounds">The most that all rows can use, if they are calls on a large model.</param>
    /// <param name="cancellation">Cancels the wait for storage.</param>
    public async Task<JobPlan> KeepAsync(
        Job job, JobPlan plan, IReadOnlyList<ShardCut> found, CallBounds bounds, CancellationToken cancellation)
    {
        await cuts.WriteAsync(job, plan.Cuts, found, cancellation);
        return plan with
        {
            Shards = found.Count,
            Counts = 0,
            Rows = found.Sum(c => c.Rows),
            Calls = plan.Calls is { } calls ? calls with { Bounds = bounds } : null,
            ShardBytes = plan.Format == InputFormat.JsonLines ? plan.ShardBytes : 0,
        };
    }

    private async Task<JobInput> UnpackAsync(Job job, JobInput input, CancellationToken cancellation)
    {
        // Use a unique name, so that two instances that unpack the same file do not overwrite each other's copy.
        var blob = files.Blob(job, $"input-{RandomNumberGenerator.GetHexString(8, lowercase: true)}");
        using var upload = new BlockUpload(blob);
        await new Unpacker(
            input.Bytes, options.Value.MaxUnpackedBytes).UnpackAsync(source.Open(input, 0, input.Bytes), upload, cancellation);
        return new(WorkFiles.Container, blob.Name, (await upload.CompleteAsync(cancellation)).ToString("H"), upload.Length);
    }
}
