# syntax=docker/dockerfile:1
# The published service as an image: no shell, no package manager, not root. docs/packaging.md says what it is given to run.
# What it starts from is named by version; a digest instead, in a build of your own, makes that exact.
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
ARG TARGETARCH
WORKDIR /source

# What the restore needs first: it is done again only when one of these changes.
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/PerCall.Backups/PerCall.Backups.csproj src/PerCall.Backups/
COPY src/PerCall.Client/PerCall.Client.csproj src/PerCall.Client/
COPY src/PerCall.Functions/PerCall.Functions.csproj src/PerCall.Functions/
COPY src/PerCall.Hosting/PerCall.Hosting.csproj src/PerCall.Hosting/
COPY src/PerCall.Inference/PerCall.Inference.csproj src/PerCall.Inference/
COPY src/PerCall.LargeModels/PerCall.LargeModels.csproj src/PerCall.LargeModels/
COPY tools/PerCall.Packaging/PerCall.Packaging.csproj tools/PerCall.Packaging/Packaging.targets tools/PerCall.Packaging/
RUN dotnet restore src/PerCall.Functions -a $TARGETARCH -p:_IsPublishing=true

COPY host.json ./
COPY models/ models/
COPY src/ src/
COPY tools/PerCall.Packaging/ tools/PerCall.Packaging/
# Compiled ahead, and with its bill of materials (bom.cdx.json).
RUN dotnet publish src/PerCall.Functions -c Release -a $TARGETARCH -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra
WORKDIR /app
COPY --from=build /app .
USER $APP_UID
ENV ASPNETCORE_HTTP_PORTS=8080 \
    # Debuggers and dumps write sockets and files; nothing is to be written but /tmp, which is for the models' files.
    DOTNET_EnableDiagnostics=0
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["dotnet", "PerCall.Functions.dll", "--health", "http://localhost:8080/health/ready"]
ENTRYPOINT ["dotnet", "PerCall.Functions.dll"]
